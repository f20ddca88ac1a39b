import type { SourceLine } from "../../features/transfers/service.js";
import { readLines } from "./text.js";
import type { UserFile } from "./user-file.js";

const MAX_LINE_CHARACTERS = 1024 * 1024;
const NO_VALUE = "\\N";
const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "0": "\0",
  Z: "\x1a",
};

/**
 * Opens a file in the text format of PostgreSQL and MySQL, whose first line names the columns: cells between
 * tabs, `\N` where there is no value, a backslash before special characters, and no quotes.
 */
export async function openTabSeparated(path: string): Promise<UserFile> {
  let names: readonly string[] | undefined;
  let rows = 0;
  for await (const { text } of readLines(path, MAX_LINE_CHARACTERS)) {
    if (names === undefined) names = (text ?? "").split("\t");
    else rows++;
  }
  const columns = names ?? [];
  return { rows, columns, lines: (afterLine) => read(path, columns, afterLine), close() {} };
}

async function* read(path: string, names: readonly string[], afterLine: number): AsyncIterable<SourceLine> {
  let isFirst = true;
  for await (const { line, text } of readLines(path, MAX_LINE_CHARACTERS)) {
    const cells = text?.split("\t");
    if (!isFirst && line > afterLine) {
      yield cells?.length === names.length
        ? { line, row: Object.fromEntries(names.map((name, index) => [name, readCell(cells[index] ?? "")])) }
        : { line };
    }
    isFirst = false;
  }
}

function readCell(cell: string): string | null {
  if (cell === NO_VALUE) return null;
  return cell.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}
