import { createReadStream } from "node:fs";
import type { SourceLine } from "../../features/transfers/service.js";
import type { UserFile } from "./user-file.js";

const MAX_LINE_BYTES = 1024 * 1024;
const MAX_COLUMNS = 1000;
const NEWLINE = 0x0a;

/** Opens a file with one JSON object per line. */
export async function openJsonLines(path: string): Promise<UserFile> {
  const columns = new Set<string>();
  let rows = 0;
  for await (const { row } of readJsonLines(path, 0)) {
    rows++;
    for (const name of Object.keys(row ?? {})) if (columns.size < MAX_COLUMNS) columns.add(name);
  }
  return { rows, columns: [...columns], lines: (afterLine) => readJsonLines(path, afterLine) };
}

async function* readJsonLines(path: string, afterLine: number): AsyncIterable<SourceLine> {
  let line = 0;
  for await (const bytes of readLines(path)) {
    line++;
    if (line <= afterLine || bytes?.length === 0) continue;
    const row = bytes && parseObject(bytes);
    yield row === undefined ? { line } : { line, row };
  }
}

/** Lines without their line ends; `undefined` for a line that is too long. */
async function* readLines(path: string): AsyncIterable<Buffer | undefined> {
  let pieces: Buffer[] = [];
  let size = 0;
  const take = () => {
    const line = size > MAX_LINE_BYTES ? undefined : Buffer.concat(pieces);
    pieces = [];
    size = 0;
    return line?.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (size > 0) yield take();

  function add(piece: Buffer) {
    size += piece.length;
    if (size <= MAX_LINE_BYTES) pieces.push(piece);
  }
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    // `ignoreBOM` is false: one at the start of the file is dropped.
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined; // Safe: it was just checked.
  } catch {
    // Refused as a row, with its reason in the report.
    return undefined;
  }
}
