import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { TextDecoder } from "node:util";
import { CommandError } from "../failure.js";

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** A line end of any system: LF, CR LF, CR, and CR CR LF, which some programs on Windows write. */
const LINE_END = /\r{0,9}\n|\r/g;
const CR = "\r";
/** Line ends within a quoted cell belong to the cell. */
const TOKEN = new RegExp(`"|${LINE_END.source}`, "g");
const NOT_DECODED = "\ufffd";

/** The number of the line that holds a position, counted from 1. */
export function lineAt(text: string, at: number): number {
  return (text.slice(0, at).match(LINE_END)?.length ?? 0) + 1;
}

/** A line and its number, counted from 1; no text if it is longer than the caller takes. */
export interface TextLine {
  readonly line: number;
  readonly text?: string;
}

/** The lines of a text file that are not empty, without their ends. */
export async function* readLines(path: string, maxCharacters: number): AsyncIterable<TextLine> {
  let line = 1;
  let begun = "";
  let size = 0;
  const add = (piece: string) => {
    size += piece.length;
    if (size <= maxCharacters) begun += piece;
  };
  const take = function* (): Iterable<TextLine> {
    if (size > 0) yield size > maxCharacters ? { line } : { line, text: begun };
    begun = "";
    size = 0;
  };
  for await (const piece of readText(path)) {
    let start = 0;
    for (const { index, 0: end } of piece.matchAll(LINE_END)) {
      add(piece.slice(start, index));
      yield* take();
      start = index + end.length;
      line++;
    }
    add(piece.slice(start));
  }
  yield* take();
}

/** The records of a file whose cells may be quoted, as text with uniform line ends between them. */
export interface RecordText {
  /** Every record that is not empty ends in LF. */
  readonly text: AsyncIterable<string>;
  /** The line in which a record begins, counted from 1; records are counted from 0 and asked for in order. */
  lineOf(record: number): number;
}

export function readRecords(path: string): RecordText {
  let dropped = 0;
  let starts: number[] = [1];
  async function* read(): AsyncIterable<string> {
    let line = 1;
    let quoted = false;
    let isEmpty = true;
    for await (const piece of readText(path)) {
      let last = 0;
      yield piece.replace(TOKEN, (token, index: number) => {
        if (index > last) isEmpty = false;
        last = index + token.length;
        if (token === '"') {
          quoted = !quoted;
          isEmpty = false;
          return token;
        }
        line++;
        if (quoted) return token;
        if (isEmpty) starts.pop();
        starts.push(line);
        const end = isEmpty ? "" : "\n";
        isEmpty = true;
        return end;
      });
      if (piece.length > last) isEmpty = false;
    }
  }
  return {
    text: read(),
    lineOf(record) {
      const line = starts[record - dropped] ?? 1;
      if (record - dropped > 1000) {
        starts = starts.slice(record - dropped);
        dropped = record;
      }
      return line;
    },
  };
}

/**
 * The text of a file in UTF-8 or UTF-16, with a byte order mark or without; no piece ends within a line end.
 */
export async function* readText(path: string): AsyncIterable<string> {
  const encoding = await encodingOf(path);
  let held = "";
  try {
    for await (const text of decode(path, new TextDecoder(encoding, { fatal: true }))) {
      const all = held + text;
      let end = all.length;
      while (end > 0 && all[end - 1] === CR && all.length - end < 16) end--;
      held = all.slice(end);
      yield all.slice(0, end);
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CommandError(
      "FILE_UNREADABLE",
      `${path} is not ${encoding.toUpperCase()}: see line ${await firstFaultyLine(path, encoding)}. Convert ` +
        "it to UTF-8 first, for example with iconv. Nothing was imported.",
    );
  }
  yield held;
}

async function* decode(path: string, decoder: TextDecoder): AsyncIterable<string> {
  for await (const chunk of createReadStream(path)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** Files of users begin with ASCII, so a NUL beside the first character shows UTF-16 without a mark. */
async function encodingOf(path: string): Promise<Encoding> {
  const head = Buffer.alloc(2);
  const file = await open(path, "r");
  try {
    await file.read(head, 0, head.length, 0);
  } finally {
    await file.close();
  }
  const [first = 0, second = 0] = head;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return "utf-16be";
  return "utf-8";
}

async function firstFaultyLine(path: string, encoding: Encoding): Promise<number> {
  let text = "";
  let line = 1;
  for await (const piece of decode(path, new TextDecoder(encoding))) {
    text += piece;
    const fault = text.indexOf(NOT_DECODED);
    const whole = fault >= 0 ? text.slice(0, fault) : text.slice(0, text.lastIndexOf("\n") + 1);
    line += whole.match(LINE_END)?.length ?? 0;
    if (fault >= 0) break;
    text = text.slice(whole.length);
  }
  return line;
}
