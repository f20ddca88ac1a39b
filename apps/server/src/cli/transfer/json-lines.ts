import type { SourceLine } from "../../features/transfers/service.js";
import { readObject } from "./json-values.js";
import { readLines } from "./text.js";
import type { UserFile } from "./user-file.js";

const MAX_LINE_CHARACTERS = 1024 * 1024;
const MAX_COLUMNS = 1000;

/** Opens a file with one JSON object per line. */
export async function openJsonLines(path: string): Promise<UserFile> {
  const columns = new Set<string>();
  let rows = 0;
  for await (const { row } of readJsonLines(path, 0)) {
    rows++;
    for (const name of Object.keys(row ?? {})) if (columns.size < MAX_COLUMNS) columns.add(name);
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
    const row = text === undefined ? undefined : parseObject(text);
    yield row === undefined ? { line } : { line, row };
  }
}

function parseObject(text: string): SourceLine["row"] {
  try {
    return readObject(JSON.parse(text));
  } catch {
    // Refused as a row, with its reason in the report.
    return undefined;
  }
}
