import type { MigrationState } from "../../database/copies.js";
import type { DatabaseEngine, DatabaseFailure } from "../../database/engine.js";
import { engineOf } from "../../database/engines.js";
import { placeNow } from "../../database/move/open.js";
import { countDuplicates, openAccountStore } from "../../features/accounts/index.js";
import { openAuditForReading, openAuditStore } from "../../features/audit/index.js";
import type { Verification } from "../../features/audit/service.js";
import { openTotpStore } from "../../features/factors/totp/index.js";
import { examineSecrets } from "../../features/factors/totp/service.js";
import { openMailStore } from "../../features/outbox/index.js";
import { openKeyStore } from "../../features/signing-keys/index.js";
import { MIGRATIONS, sealOf } from "../../host.js";
import type { AppSettings } from "../../wiring/settings.js";
import { systemClock } from "../../world/clock.js";
import { silentLog } from "../../world/log.js";
import { sentenceOf } from "../audit.js";
import { printable } from "../output.js";
import { examineBackups } from "./backups.js";
import { type Finding, findingsOf } from "./finding.js";
import { examinePlace } from "./place.js";
import { secretsFinding } from "./secrets.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const OLD_KEY_MS = 365 * DAY_MS;
/** The clocks of two processes on one machine may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;
/** A database in use has entries from every day: after this long the clock may be ahead. */
const LONG_UNUSED_MS = 30 * DAY_MS;
/** More failed mails are not counted. */
const MANY_MAILS = 1000;

interface Circumstances {
  readonly settings: AppSettings;
  readonly nowMs: number;
}

/** Examines the database without opening it for writing, so that a damaged one stays as it is. */
export async function examineDatabase(circumstances: Circumstances): Promise<Finding[]> {
  const { ok, fault } = findingsOf("database");
  const place = placeOf(circumstances.settings);
  const engine = engineOf(place.url);
  const inspection = await engine.inspect(place);
  switch (inspection.state) {
    case "absent":
      return [
        ok(
          "exists" in engine.copies
            ? "There is no database file yet: the first start creates it."
            : "The database has no tables yet: the first start creates them.",
        ),
      ];
    case "lost": {
      const traces = inspection.traces.map(printable).join(" and ");
      const message = `The database file is missing or empty, but there is ${traces}.`;
      const advice =
        "Check DATABASE_URL, or restore a backup with `latchkey restore`. To start with an empty database, " +
        "remove what is named here.";
      return [fault(message, advice), ...examineBackups(engine, circumstances)];
    }
    case "no file":
      return [
        fault(
          "DATABASE_URL points to a folder, a pipe, a socket or a device, not to a file.",
          "Set it to the path of a file.",
        ),
      ];
    case "forbidden":
      return [
        fault(
          `The current user cannot read and write ${printable(inspection.file)}.`,
          "Run this as the user that the server runs as, or give the file and its folder to that user.",
        ),
      ];
    case "foreign":
      return [
        fault(
          "The database contains another program's tables.",
          "Set DATABASE_URL to a file or database of Latchkey's own.",
        ),
      ];
    case "unusable":
      return [unusable(inspection), ...examineBackups(engine, circumstances)];
    case "sound":
      try {
        const contents = await examineContents(engine, circumstances, inspection.migrations);
        return [
          ...examinePlace(inspection.place, circumstances.settings, circumstances.nowMs),
          ...examineBackups(engine, circumstances),
          ...contents,
        ];
      } catch (error) {
        const failure = engine.explain(error);
        return [unusable({ code: codeOf(error), ...(failure && { failure }) })];
      }
  }
}

interface Unusable {
  readonly code?: string | undefined;
  readonly failure?: DatabaseFailure;
}

function unusable({ code, failure }: Unusable): Finding {
  const { fault } = findingsOf("database");
  if (failure !== undefined) {
    const [sentence = "", ...advice] = failure.sentence.split(/(?<=\.) (?=[A-Z])/);
    return fault(
      sentence.replace(/^./, (letter) => letter.toUpperCase()),
      advice.join(" ") || CHECK_URL,
    );
  }
  return fault(
    `The database file is damaged or cannot be read${code === undefined ? "" : ` (${code})`}.`,
    "Check that DATABASE_URL points to it; if it is damaged, restore a backup with `latchkey restore`.",
  );
}

const CHECK_URL = "Check DATABASE_URL.";

/** The engine's own error code. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return "code" in error ? String(error.code) : codeOf(error.cause);
}

async function examineContents(
  engine: DatabaseEngine,
  { settings, nowMs }: Circumstances,
  { pending, unknown }: MigrationState,
): Promise<Finding[]> {
  const migrations = findingsOf("migrations");
  if (unknown > 0) {
    const message = "A newer version of this program has changed the tables.";
    return [migrations.fault(message, "Install that version, or restore the backup made before it.")];
  }
  if (pending > 0) {
    const message = "The tables are not up to date.";
    return [
      migrations.warning(
        message,
        "Stop the server, make a backup, and run `latchkey migrate` or start this version.",
      ),
    ];
  }
  const { newestKeyMs, newestEntry, admins, duplicates, secrets, failedMails, audit } = await askStores(
    engine,
    settings,
  );
  return [
    migrations.ok("The tables are up to date."),
    clockFinding(Math.max(newestEntry?.atMs ?? 0, newestKeyMs ?? 0), nowMs),
    settings.signingKeys.secret !== undefined
      ? findingsOf("keys").ok("JWT_SECRET signs tokens.")
      : keyFinding(newestKeyMs, nowMs),
    adminFinding(admins),
    duplicateFinding(duplicates),
    secretsFinding(secrets, sealOf(settings.host).hasKey),
    failedMailFinding(failedMails),
    auditFinding(audit),
  ];
}

const placeOf = ({ host }: AppSettings) => ({
  ...host,
  url: placeNow(host.databaseUrl).url,
  migrations: MIGRATIONS,
});

/** Asks the stores about the data that they keep. */
async function askStores(engine: DatabaseEngine, settings: AppSettings) {
  const database = await engine.openForReading(placeOf(settings));
  const surroundings = { database, clock: systemClock, log: silentLog };
  try {
    return {
      newestKeyMs: await openKeyStore(database).newestAtMs(),
      newestEntry: await openAuditStore(database).newest(),
      admins: await openAccountStore(database).countActingAdmins(),
      duplicates: await countDuplicates(database),
      secrets: await examineSecrets(openTotpStore(database), sealOf(settings.host)),
      failedMails: (await openMailStore(database).list({ state: "failed", limit: MANY_MAILS })).length,
      audit: await openAuditForReading(surroundings, settings.audit).verify(),
    };
  } finally {
    await database.close();
  }
}

function clockFinding(newestMs: number, nowMs: number): Finding {
  const { ok, warning, fault } = findingsOf("clock");
  const advice = "Set the clock, and keep it in sync with NTP.";
  if (newestMs > nowMs + CLOCK_TOLERANCE_MS) {
    const message = "The clock is behind the latest time in the database";
    return fault(`${message}: tokens would be issued in the past.`, advice);
  }
  if (newestMs > 0 && nowMs - newestMs > LONG_UNUSED_MS) {
    const days = Math.floor((nowMs - newestMs) / DAY_MS);
    return warning(
      `The clock is ${days} days ahead of the latest time in the database: either the database has not been ` +
        "used since, or the clock is wrong.",
      advice,
    );
  }
  return ok("The clock agrees with the latest time in the database.");
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
    return ok("The next start renews the keys by which addresses and usernames are compared.");
  if (duplicates === 0) return ok("Every address and every username belongs to one account.");
  const [subject, verb] = duplicates === 1 ? ["1 account", "has"] : [`${duplicates} accounts`, "have"];
  return warning(
    `${subject} ${verb} the address or username of another account in another spelling.`,
    "They can still sign in. `latchkey users duplicates` lists them: delete one of each pair, or change its " +
      "name.",
  );
}

function failedMailFinding(count: number): Finding {
  const { ok, warning } = findingsOf("mails");
  if (count === 0) return ok("No mail has failed.");
  return warning(
    `${count === MANY_MAILS ? `${MANY_MAILS} or more` : count} mail${count === 1 ? "" : "s"} could not be sent.`,
    "See why with `latchkey mail list --state failed`, and send one again with `latchkey mail retry`.",
  );
}

function auditFinding(audit: Verification): Finding {
  const { ok, fault } = findingsOf("audit");
  if (!audit.whole) {
    return fault(
      `The audit log was tampered with or is damaged. ${sentenceOf(audit)}`,
      "Compare it with a backup, and find out who could write to the database file.",
    );
  }
  const { number, hash } = audit.head;
  if (number === 0) return ok("The audit log is empty.");
  return ok(`The audit log is intact; its head is ${number}:${hash}: record it elsewhere.`);
}
