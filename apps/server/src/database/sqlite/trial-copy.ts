import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TrialCopy } from "../copies.js";
import { copySqlite } from "./backup.js";

/** Copies the database into a folder next to it, where there is space for it and only its owner can read. */
export async function copyForTrial(path: string): Promise<TrialCopy> {
  const isThere = existsSync(path);
  // If there is no database, none is created in its place.
  const folder = await mkdtemp(
    isThere ? join(dirname(path), ".dry-run-") : join(tmpdir(), "latchkey-dry-run-"),
  );
  const discard = () => rm(folder, { recursive: true, force: true });
  const copy = join(folder, "latchkey.db");
  try {
    if (isThere) await copySqlite(path, copy);
  } catch (error) {
    await discard();
    throw error;
  }
  return { url: copy, discard };
}
