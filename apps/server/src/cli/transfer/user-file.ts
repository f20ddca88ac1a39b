import type { SourceLine } from "../../features/transfers/service.js";

/** A file of users that was scanned once before anything of it is imported. */
export interface UserFile {
  readonly rows: number;
  readonly columns: readonly string[];
  /** What the operator must know to find a row by its number. */
  readonly note?: string;
  /** The lines after a given one, in order. For SQLite a line is a row number. */
  lines(afterLine: number): AsyncIterable<SourceLine>;
  close(): void;
}
