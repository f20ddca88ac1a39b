import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import type { SourceLine } from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import type { UserFile } from "./user-file.js";

const MAX_RECORD_CHARACTERS = 1024 * 1024;
const MAX_HEAD_BYTES = 64 * 1024;
const DELIMITERS = [",", ";", "\t"];

type Cells = ReadonlyArray<string | null>;

/** Opens a CSV file (RFC 4180) whose first line names the columns. */
export async function openCsv(path: string): Promise<UserFile> {
  const delimiter = findDelimiter(path);
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
  };
}

/**
 * The candidate that occurs most often in the first line. The others may occur inside cells, as commas do in
 * Argon2 hashes.
 */
function findDelimiter(path: string): string {
  const head = Buffer.alloc(MAX_HEAD_BYTES);
  const file = openSync(path, "r");
  const size = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  const [first = ""] = head.toString("utf8", 0, size).split(/[\r\n]/, 1);
  const count = (delimiter: string) => first.split(delimiter).length;
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
  const parser = parse({
    bom: true,
    info: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_CHARACTERS,
    // As in databases' CSV: an empty cell is no value, and empty text is in quotes.
    cast: withNulls && ((cell, { quoting }) => (cell === "" && !quoting ? null : cell)),
  });
  // A fault of the file makes the parser fail, and the loop below receives that error.
  pipeline(Readable.from(readText(path)), parser, () => {});
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Cells;
      info: { lines: number };
    }>) {
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    throw explain(error, path);
  }
}

async function* readText(path: string): AsyncIterable<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const chunk of createReadStream(path)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The parser's own messages quote the file. */
function explain(error: unknown, path: string): unknown {
  if (error instanceof CsvError) {
    const line = "lines" in error ? ` at line ${error.lines}` : "";
    return new CommandError(
      "FILE_UNREADABLE",
      `${path} is not valid CSV${line} (${error.code}). Nothing was imported.`,
    );
  }
  if (error instanceof TypeError) {
    return new CommandError("FILE_UNREADABLE", `${path} is not UTF-8. Nothing was imported.`);
  }
  return error;
}
