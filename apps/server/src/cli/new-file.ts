import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { CommandError } from "./failure.js";

/** Files that commands make never take another's place. */
export function assertNew(path: string): void {
  if (!existsSync(path)) return;
  throw new CommandError("FILE_EXISTS", `${path} already exists: choose another file.`);
}

/** Has a file made under another name, so that what is there under its own is whole. */
export async function makeFile<T>(path: string, make: (unfinished: string) => Promise<T>): Promise<T> {
  assertNew(path);
  const unfinished = `${path}.unfinished`;
  // Of an earlier attempt that was killed.
  rmSync(unfinished, { force: true });
  try {
    const made = await make(unfinished);
    // Takes the name first: nobody else's file is renamed over.
    closeSync(openSync(path, "wx", 0o600));
    renameSync(unfinished, path);
    return made;
  } finally {
    rmSync(unfinished, { force: true });
  }
}
