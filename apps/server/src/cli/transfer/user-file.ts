import type { SourceLine } from "../../features/transfers/service.js";

/** A file of users, looked through once before anything of it is imported. */
export interface UserFile {
  readonly rows: number;
  readonly columns: readonly string[];
  /** The lines from behind one, in their order. A line of SQLite's is a row's number. */
  lines(afterLine: number): AsyncIterable<SourceLine>;
}
