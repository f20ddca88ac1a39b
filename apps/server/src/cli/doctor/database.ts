import type { DatabaseEngine, DatabaseFile, MigrationState } from "../../database/engine.js";
import { engineOf } from "../../database/engines.js";
import { countDuplicates, openAccountStore } from "../../features/accounts/index.js";
import { openAuditStore } from "../../features/audit/index.js";
import { openKeyStore } from "../../features/signing-keys/index.js";
import { MIGRATIONS } from "../../host.js";
import { type Finding, findingsOf } from "./finding.js";

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const LARGE_WAL_BYTES = 128 * MIB;
const LITTLE_BYTES = 1024 * MIB;
const TOO_LITTLE_BYTES = 64 * MIB;
const OLD_KEY_MS = 365 * DAY_MS;
/** The clocks of two processes on one machine may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;

interface Circumstances {
  readonly url: string;
  readonly nowMs: number;
  /** Whether tokens are signed with a shared secret instead of keys. */
  readonly sharesSecret: boolean;
}

/** Examines the database without opening it for writing, so that a damaged one stays as it is. */
export async function examineDatabase(circumstances: Circumstances): Promise<Finding[]> {
  const { ok } = findingsOf("database");
  const engine = engineOf(circumstances.url);
  const inspection = await engine.inspect(circumstances.url, MIGRATIONS);
  switch (inspection.state) {
    case "absent":
      return [ok("There is no database file yet: the first start creates it.")];
    case "unusable":
      return [unusable(inspection.code)];
    case "sound":
      try {
        const { file, migrations } = inspection;
        const contents = await examineContents(engine, circumstances, migrations);
        return [ok("The database file is intact."), ...examineFile(file), ...contents];
      } catch (error) {
        return [unusable(codeOf(error))];
      }
  }
}

function unusable(code: string | undefined): Finding {
  return findingsOf("database").fault(
    `The database file is damaged or cannot be read${code === undefined ? "" : ` (${code})`}.`,
    "Check who owns it and that DATABASE_URL points to it; if it is damaged, restore a backup.",
  );
}

/** The engine's own error code. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return "code" in error ? String(error.code) : codeOf(error.cause);
}

function examineFile({ mode, walBytes, freeBytes }: DatabaseFile): Finding[] {
  const permissions = findingsOf("permissions");
  const disk = findingsOf("disk");
  const wal = findingsOf("wal");
  const free = `${Math.floor(freeBytes / MIB)} MiB are free on the database's disk.`;
  const room = "Free some space before writes fail: if the disk is full, users cannot sign in.";
  const freeFinding = () => {
    if (freeBytes < TOO_LITTLE_BYTES) return disk.fault(free, room);
    return freeBytes < LITTLE_BYTES ? disk.warning(free, room) : disk.ok(free);
  };
  const shown = mode.toString(8).padStart(4, "0");
  return [
    (mode & 0o077) === 0
      ? permissions.ok(`Only its owner can read the database file (${shown}).`)
      : permissions.fault(
          `Other users of this machine can read the database file (${shown}): it contains hashes and ` +
            "private keys.",
          "Run chmod 600 on it and on its -wal and -shm files; the next start of the server does that too.",
        ),
    freeFinding(),
    walBytes > LARGE_WAL_BYTES
      ? wal.warning(
          `The -wal file contains ${Math.floor(walBytes / MIB)} MiB.`,
          "A program keeps reading the database without finishing: find and stop it, or restart the server.",
        )
      : wal.ok(`The -wal file contains ${Math.ceil(walBytes / MIB)} MiB.`),
  ];
}

async function examineContents(
  engine: DatabaseEngine,
  { url, nowMs, sharesSecret }: Circumstances,
  { pending, unknown }: MigrationState,
): Promise<Finding[]> {
  const migrations = findingsOf("migrations");
  if (unknown > 0) {
    const message = "A newer version of this program has changed the tables.";
    return [migrations.fault(message, "Install that version, or restore the backup made before it.")];
  }
  if (pending > 0) {
    const message = "The tables are not up to date.";
    return [migrations.warning(message, "Make a backup and start the server, which migrates them.")];
  }
  const { newestKeyMs, newestEntry, admins, duplicates } = await askStores(engine, url);
  return [
    migrations.ok("The tables are up to date."),
    clockFinding(Math.max(newestEntry?.atMs ?? 0, newestKeyMs ?? 0), nowMs),
    sharesSecret ? findingsOf("keys").ok("JWT_SECRET signs tokens.") : keyFinding(newestKeyMs, nowMs),
    adminFinding(admins),
    duplicateFinding(duplicates),
    findingsOf("audit").ok(
      newestEntry === undefined
        ? "The audit log is empty."
        : `The audit log's head is ${newestEntry.number}:${newestEntry.hash}: record it elsewhere.`,
    ),
  ];
}

/** Asks the stores about the data that they keep. */
async function askStores(engine: DatabaseEngine, url: string) {
  const database = await engine.openForReading(url);
  try {
    return {
      newestKeyMs: await openKeyStore(database).newestAtMs(),
      newestEntry: await openAuditStore(database).newest(),
      admins: await openAccountStore(database).countActingAdmins(),
      duplicates: await countDuplicates(database),
    };
  } finally {
    await database.close();
  }
}

function clockFinding(newestMs: number, nowMs: number): Finding {
  const { ok, fault } = findingsOf("clock");
  if (newestMs <= nowMs + CLOCK_TOLERANCE_MS) return ok("The clock has not gone back.");
  const message = "The clock is behind the latest time in the database: tokens would be issued in the past.";
  return fault(message, "Set the clock, and keep it in sync with NTP.");
}

function keyFinding(newestKeyMs: number | undefined, nowMs: number): Finding {
  const { ok, warning } = findingsOf("keys");
  if (newestKeyMs === undefined) return ok("There is no signing key yet: the first sign-in creates one.");
  const days = Math.max(Math.floor((nowMs - newestKeyMs) / DAY_MS), 0);
  const message = `The signing key is ${days} days old.`;
  if (nowMs - newestKeyMs < OLD_KEY_MS) return ok(message);
  return warning(message, "Rotate it: `latchkey keys rotate` signs no user out.");
}

function adminFinding(admins: number): Finding {
  const { ok, warning } = findingsOf("admin");
  if (admins > 0) return ok(`${admins} administrator${admins === 1 ? "" : "s"} can sign in.`);
  return warning("No administrator can sign in.", "Accounts can only be administered from the command line.");
}

function duplicateFinding(duplicates: number | undefined): Finding {
  const { ok, warning } = findingsOf("addresses");
  if (duplicates === undefined)
    return ok("The next start compares all addresses by the ASCII form of their domain.");
  if (duplicates === 0) return ok("Every address belongs to one account.");
  const [subject, verb] = duplicates === 1 ? ["1 account", "has"] : [`${duplicates} accounts`, "have"];
  return warning(
    `${subject} ${verb} the address of another account in another spelling.`,
    "They can still sign in. `latchkey users duplicates` lists them: delete one of each pair, or change its " +
      "address.",
  );
}
