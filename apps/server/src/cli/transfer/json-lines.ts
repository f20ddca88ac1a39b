import type { SourceLine } from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import { shapeOf } from "./json-shape.js";
import { readObject } from "./json-values.js";
import { readLines } from "./text.js";
import type { UserFile } from "./user-file.js";

const MAX_LINE_CHARACTERS = 1024 * 1024;
const MAX_COLUMNS = 1000;
const EXPECTED = "one JSON object per line is expected, or a single list of users. Nothing was imported.";

/** Opens a file with one JSON object per line. */
export async function openJsonLines(path: string): Promise<UserFile> {
  const columns = new Set<string>();
  let rows = 0;
  let first: SourceLine | undefined;
  let isReadable = false;
  for await (const source of readJsonLines(path, 0)) {
    const { row } = source;
    first ??= source;
    isReadable ||= row !== undefined;
    rows++;
    for (const name of Object.keys(row ?? {})) if (columns.size < MAX_COLUMNS) columns.add(name);
  }
  if (first !== undefined && !isReadable) {
    throw new CommandError("FILE_UNREADABLE", `${path}: line ${first.line} ${faultOf(first)}; ${EXPECTED}`);
  }
  return {
    rows,
    columns: [...columns],
    lines: (afterLine) => readJsonLines(path, afterLine),
    close() {},
  };
}

/** JSON has no line end inside a value, so a line of the file is a line of its own in every system. */
async function* readJsonLines(path: string, afterLine: number): AsyncIterable<SourceLine> {
  for await (const { line, text } of readLines(path, MAX_LINE_CHARACTERS)) {
    if (line <= afterLine || text?.trim() === "") continue;
    yield { line, ...(text !== undefined && parseLine(text)) };
  }
}

/** What cannot be read is refused as a row, with its reason in the report. */
function parseLine(text: string): Omit<SourceLine, "line"> {
  const { repeatedKeyAt, secondValueAt } = shapeOf(text, Number.POSITIVE_INFINITY);
  if (secondValueAt !== undefined) return { fault: "VALUES_JOINED" };
  try {
    const row = readObject(JSON.parse(text));
    if (row === undefined) return {};
    return repeatedKeyAt === undefined ? { row } : { fault: "KEY_REPEATED" };
  } catch {
    return {};
  }
}

function faultOf({ fault }: SourceLine): string {
  if (fault === "VALUES_JOINED") return "has several values";
  return fault === "KEY_REPEATED" ? "has the same key twice" : "is not a JSON object";
}
