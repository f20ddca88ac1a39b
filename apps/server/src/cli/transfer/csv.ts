import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import type { SourceLine } from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import { readRecords, readText } from "./text.js";
import type { UserFile } from "./user-file.js";

const MAX_RECORD_CHARACTERS = 1024 * 1024;
const DELIMITERS = [",", ";", "\t"];
/** How MySQL and PostgreSQL write that there is no value. */
const NO_VALUE = "\\N";

type Cells = ReadonlyArray<string | null>;

/** Opens a CSV file (RFC 4180) whose first line names the columns. */
export async function openCsv(path: string): Promise<UserFile> {
  const delimiter = await findDelimiter(path);
  let columns: readonly string[] | undefined;
  let rows = 0;
  for await (const { cells } of readCsv(path, { delimiter, withNulls: false })) {
    if (columns === undefined) columns = cells.map((name) => name ?? "");
    else rows++;
  }
  const names = columns ?? [];
  return {
    rows,
    columns: names,
    async *lines(afterLine) {
      let isFirst = true;
      for await (const { cells, line } of readCsv(path, { delimiter, withNulls: true })) {
        if (!isFirst && line > afterLine) yield lineOf(line, cells, names);
        isFirst = false;
      }
    },
    close() {},
  };
}

/**
 * The candidate that occurs most often in the first line. The others may occur inside cells, as commas do in
 * Argon2 hashes.
 */
async function findDelimiter(path: string): Promise<string> {
  let head = "";
  for await (const piece of readText(path)) {
    head += piece;
    if (/[\r\n]/.test(head) || head.length > MAX_RECORD_CHARACTERS) break;
  }
  const [first = ""] = head.split(/[\r\n]/, 1);
  const unquoted = first.replace(/"[^"]*"/g, "");
  const count = (delimiter: string) => unquoted.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best));
}

function lineOf(line: number, cells: Cells, names: readonly string[]): SourceLine {
  if (cells.length !== names.length) return { line };
  return { line, row: Object.fromEntries(names.map((name, index) => [name, cells[index]])) };
}

/** Distinguishing no value from empty text takes time, so it is done only if the cells are used. */
async function* readCsv(
  path: string,
  { delimiter, withNulls }: { readonly delimiter: string; readonly withNulls: boolean },
): AsyncIterable<{ readonly cells: Cells; readonly line: number }> {
  const { text, lineOf } = readRecords(path);
  const parser = parse({
    delimiter,
    record_delimiter: "\n",
    relax_column_count: true,
    max_record_size: MAX_RECORD_CHARACTERS,
    cast: withNulls && readCell(),
  });
  // A fault of the file makes the parser fail, and the loop below receives that error.
  pipeline(Readable.from(text), parser, () => {});
  try {
    let record = 0;
    for await (const cells of parser as AsyncIterable<Cells>) yield { cells, line: lineOf(record++) };
  } catch (error) {
    throw explain(error, path, lineOf);
  }
}

/**
 * As in databases' CSV, no value is an empty cell or `\N`, and text in quotes is text. A program that puts
 * even the names of columns in quotes, as phpMyAdmin does, writes NULL without them.
 */
function readCell(): (
  cell: string,
  context: { readonly quoting: boolean; readonly records: number },
) => string | null {
  let quotesAll = true;
  return (cell, { quoting, records }) => {
    if (quoting) return cell;
    if (records === 0) quotesAll = false;
    return cell === "" || cell === NO_VALUE || (quotesAll && /^null$/i.test(cell)) ? null : cell;
  };
}

/** The parser's own messages quote the file, and count lines only as Unix ends them. */
function explain(error: unknown, path: string, lineOf: (record: number) => number): unknown {
  if (!(error instanceof CsvError)) return error;
  const record = "records" in error ? Number(error.records) : 0;
  return new CommandError(
    "FILE_UNREADABLE",
    `${path} is not valid CSV at line ${lineOf(record)} (${error.code}). Nothing was imported.`,
  );
}
