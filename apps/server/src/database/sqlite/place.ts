import { statSync } from "node:fs";

/** Throws `DATABASE_PLACE` if there is something else than a file: opening a pipe would wait for its writer. */
export function assertFile(path: string): void {
  if (!isFileOrFree(path)) throw badPlace("the database's path is not a file");
}

export function isFileOrFree(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
}

/** The error for a path at which there can be no database. */
export function badPlace(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: BAD_PLACE });
}

export const BAD_PLACE = "DATABASE_PLACE";
