import { statSync } from "node:fs";
import type { CheckedBackup, CopiesOfFiles, MigrationState } from "../database/copies.js";
import type { DatabaseEngine } from "../database/engine.js";
import { engineOf } from "../database/engines.js";
import { placeNow } from "../database/move/open.js";
import { openAuditForReading } from "../features/audit/index.js";
import type { Verification } from "../features/audit/service.js";
import { MIGRATIONS } from "../host.js";
import type { AppSettings } from "../wiring/settings.js";
import { systemClock } from "../world/clock.js";
import { silentLog } from "../world/log.js";
import { sentenceOf } from "./audit.js";
import { CommandError } from "./failure.js";
import { printable } from "./output.js";

/** An engine whose databases this program itself backs up and restores. */
export interface CopyingEngine {
  readonly engine: DatabaseEngine;
  readonly copies: CopiesOfFiles;
}

/** A backup that is intact and can be restored. */
export interface SoundBackup extends CheckedBackup {
  readonly tables: MigrationState;
  readonly audit: Extract<Verification, { readonly whole: true }>;
}

/** If the database has its own backup tools, the command is refused and says how to use them. */
export function copyingEngineOf(
  { host: { databaseUrl } }: AppSettings,
  purpose: "backUp" | "restore",
): CopyingEngine {
  // The file of a store that has moved is of no use as a backup of it.
  const engine = engineOf(placeNow(databaseUrl).url);
  const { copies } = engine;
  if ("howToBackUp" in copies) {
    throw new CommandError("OWN_TOOLS", purpose === "backUp" ? copies.howToBackUp : copies.howToRestore);
  }
  return { engine, copies };
}

/** Reads a backup and its audit log completely. Throws, saying why, if it cannot be restored. */
export async function checkBackup(
  { engine, copies }: CopyingEngine,
  file: string,
  settings: AppSettings,
): Promise<SoundBackup> {
  const shown = printable(file);
  // Reading a pipe or a device would wait for its writer.
  if (!isFile(file)) throw new CommandError("NO_BACKUP", `There is no file ${shown}.`);
  const { rows, tables } = readIntact(copies, file);
  if (tables === undefined) {
    throw new CommandError("NOT_A_BACKUP", `${shown} contains no tables of Latchkey.`);
  }
  if (tables.unknown > 0) {
    const message = `${shown} was made by a newer version of Latchkey: restore it with that version.`;
    throw new CommandError("BACKUP_NEWER", message);
  }
  const audit = await verifyAudit(engine, file, { settings, isOlder: tables.pending > 0 });
  if (!audit.whole) {
    const message = `${shown} has a damaged audit log. ${sentenceOf(audit)}`;
    throw new CommandError("AUDIT_BROKEN", message);
  }
  return { rows, tables, audit };
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function readIntact(copies: CopiesOfFiles, file: string): CheckedBackup {
  try {
    return copies.check(file, MIGRATIONS);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    const message = `${printable(file)} is damaged, is not a backup, or cannot be read${code}.`;
    throw new CommandError("BACKUP_DAMAGED", message);
  }
}

interface Circumstances {
  readonly settings: AppSettings;
  /** Whether its tables must be brought up to date before they can be read, which is done in a copy. */
  readonly isOlder: boolean;
}

async function verifyAudit(engine: DatabaseEngine, file: string, { settings, isOlder }: Circumstances) {
  const place = { ...settings.host, url: file, migrations: MIGRATIONS };
  const trial = isOlder ? await engine.copyForTrial(place) : undefined;
  try {
    const database =
      trial === undefined
        ? await engine.openForReading(place)
        : await engine.open({
            ...settings.host,
            ...place,
            url: trial.url,
            olderTables: "upgrade",
            keepsRoom: false,
          });
    try {
      const surroundings = { database, clock: systemClock, log: silentLog };
      return await openAuditForReading(surroundings, settings.audit).verify();
    } finally {
      await database.close();
    }
  } finally {
    await trial?.discard();
  }
}
