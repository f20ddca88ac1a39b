import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { giveToOwner } from "./owner.js";
import { realPathOf } from "./real-path.js";

/** A folder for a copy of a database that is not in use yet. */
export interface WorkFolder {
  /** Where the copy is to be made. */
  readonly copy: string;
  discard(): Promise<void>;
}

const COPY = "latchkey.db";
const NAME = /^\.(restore|dry-run)-\w{6}$/;
/** No step of a restore or a dry run takes this long without writing to the copy. */
const ABANDONED_MS = 6 * 60 * 60_000;

/** Creates one beside the database, where there is space for a copy and only its owner can read. */
export function createWorkFolder(database: string, purpose: "restore" | "dry-run"): WorkFolder {
  const place = realPathOf(database);
  clearAbandoned(place);
  const folder = mkdtempSync(join(dirname(place), `.${purpose}-`));
  giveToOwner(place, folder);
  return workFolderAt(folder);
}

export function workFolderAt(folder: string): WorkFolder {
  return {
    copy: join(folder, COPY),
    discard: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Deletes what commands that were killed have left beside a database: such a copy contains all hashes. */
export function clearAbandoned(database: string): void {
  const folder = dirname(realPathOf(database));
  const names = ifAllowed(() => readdirSync(folder)) ?? [];
  for (const path of names.filter((name) => NAME.test(name)).map((name) => join(folder, name))) {
    ifAllowed(() => isAbandoned(path) && rmSync(path, { recursive: true, force: true }));
  }
}

/** What is another user's stays, and what another process has deleted is gone. */
function ifAllowed<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}

function isAbandoned(folder: string): boolean {
  const names = readdirSync(folder);
  const changedMs = ["", ...names].map((name) => statSync(join(folder, name)).mtimeMs);
  return names.every((name) => name.startsWith(COPY)) && Date.now() - Math.max(...changedMs) > ABANDONED_MS;
}
