import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrialCopy } from "../copies.js";
import { copySqlite } from "./backup.js";
import { createWorkFolder, workFolderAt } from "./work-folder.js";

/** Copies the database into a folder next to it. If there is no database, none is created in its place. */
export async function copyForTrial(path: string): Promise<TrialCopy> {
  const isThere = existsSync(path);
  const { copy, discard } = isThere
    ? createWorkFolder(path, "dry-run")
    : workFolderAt(await mkdtemp(join(tmpdir(), "latchkey-dry-run-")));
  try {
    if (isThere) await copySqlite(path, copy);
  } catch (error) {
    await discard();
    throw error;
  }
  return { url: copy, discard };
}
