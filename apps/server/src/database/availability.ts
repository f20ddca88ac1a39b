/**
 * The state of a database. `read-only`: it cannot be written, for example because the disk is full. `down`:
 * it cannot be read either.
 */
export type DatabaseState = "up" | "read-only" | "down";

/**
 * The database cannot answer at the moment; a retry may succeed. The cause is the engine's own error, if
 * there is one.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable";

  constructor(cause?: unknown) {
    super("The database is unavailable", { cause });
  }
}
