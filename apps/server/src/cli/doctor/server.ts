import type { DatabaseServer } from "../../database/engine.js";
import { OWN_CONNECTIONS } from "../../database/postgres/postgres.js";
import type { AppSettings } from "../../wiring/settings.js";
import { type Finding, findingsOf } from "./finding.js";

/** Times of several nodes are compared with each other. */
const CLOCK_DIFFERENCE_MS = 1000;
const MANY_CHANGES = 500_000;
/** A running server deletes changes that are ten minutes old, every ten minutes. */
const OLD_CHANGES_MS = 60 * 60 * 1000;

/** Examines the server that a sound database is on. */
export function examineServer(server: DatabaseServer, settings: AppSettings, nowMs: number): Finding[] {
  return [
    answerFinding(server),
    rightsFinding(server),
    durabilityFinding(server),
    clockFinding(server),
    connectionsFinding(server, settings),
    poolerFinding(server),
    encryptionFinding(server),
    changesFinding(server, nowMs),
  ];
}

function answerFinding({ version, isWritable }: DatabaseServer): Finding {
  const { ok, fault } = findingsOf("database");
  if (isWritable) return ok(`PostgreSQL ${version} answers.`);
  return fault(
    `PostgreSQL ${version} answers, but it is a standby or read-only.`,
    "Set DATABASE_URL to the primary.",
  );
}

function rightsFinding({ mayUseTables, mayCreateTables }: DatabaseServer): Finding {
  const { ok, warning, fault } = findingsOf("rights");
  if (!mayUseTables) {
    return fault(
      "The user in DATABASE_URL may not read and write all tables.",
      "Make it their owner, or grant it SELECT, INSERT, UPDATE and DELETE on all of them.",
    );
  }
  if (mayCreateTables) return ok("The user in DATABASE_URL may use and create tables.");
  return warning(
    "The user in DATABASE_URL may use the tables, but not create any.",
    "This version needs no more. Before an upgrade, give it the right to create tables in the schema.",
  );
}

function durabilityFinding({ isDurable }: DatabaseServer): Finding {
  const { ok, warning } = findingsOf("durability");
  if (isDurable) return ok("PostgreSQL acknowledges what is on disk.");
  return warning(
    "PostgreSQL acknowledges what is not on disk yet: a power failure can make revoked sessions valid again.",
    "Set `fsync` and `synchronous_commit` to on.",
  );
}

function clockFinding({ aheadMs }: DatabaseServer): Finding {
  const { ok, warning } = findingsOf("database-clock");
  if (Math.abs(aheadMs) <= CLOCK_DIFFERENCE_MS) return ok("PostgreSQL's clock agrees with this machine's.");
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return warning(
    `PostgreSQL's clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} this machine's.`,
    "Keep all machines in sync with NTP.",
  );
}

/** Through a pooler, connections of the nodes are not connections to PostgreSQL. */
function connectionsFinding(
  { maxConnections, pooler }: DatabaseServer,
  { host, http }: AppSettings,
): Finding {
  const { ok, warning, fault } = findingsOf("connections");
  const needed = (host.pool + OWN_CONNECTIONS) * http.workers;
  const nodes = Math.floor(maxConnections / needed);
  if (pooler !== "none") {
    return ok(`This node opens up to ${needed} connections to the pooler, which PostgreSQL does not limit.`);
  }
  const counts = `This node uses up to ${needed} connections, and PostgreSQL allows ${maxConnections} in all`;
  const advice = "Lower DATABASE_POOL or WORKERS, or raise PostgreSQL's `max_connections`.";
  if (nodes === 0) return fault(`${counts}.`, advice);
  if (nodes === 1)
    return warning(`${counts}: a second node, or this one's successor, finds none left.`, advice);
  return ok(`${counts}: enough for ${nodes} nodes like this one.`);
}

function poolerFinding({ pooler }: DatabaseServer): Finding {
  const { ok, fault } = findingsOf("pooler");
  switch (pooler) {
    case "none":
      return ok("There is no pooler in front of PostgreSQL.");
    case "expected":
      return ok("The pooler in front of PostgreSQL keeps prepared statements.");
    case "unexpected":
      return fault(
        "There is a pooler in front of PostgreSQL, and the settings say that there is none: no time limit holds " +
          "in PostgreSQL.",
        "Set DATABASE_POOLER=transaction, or connect to PostgreSQL itself.",
      );
    case "unprepared":
      return fault(
        "The pooler in front of PostgreSQL does not keep prepared statements.",
        "Use PgBouncer 1.21 or later with `max_prepared_statements`, or connect to PostgreSQL itself.",
      );
  }
}

function encryptionFinding({ tls }: DatabaseServer): Finding {
  const { ok, warning } = findingsOf("encryption");
  switch (tls) {
    case "verify":
      return ok("The connection to PostgreSQL is encrypted, and its certificate is verified.");
    case "off":
      return ok("The connection to PostgreSQL is not encrypted.");
    case "unverified":
      return warning(
        "The connection to PostgreSQL is encrypted, but any server is accepted at its other end.",
        "Set sslmode=verify-full in DATABASE_URL, with sslrootcert if the authority is your own.",
      );
  }
}

function changesFinding({ changes: { count, oldestMs } }: DatabaseServer, nowMs: number): Finding {
  const { ok, warning } = findingsOf("changes");
  const shown = count.toLocaleString("en");
  if (count > MANY_CHANGES && oldestMs !== undefined && nowMs - oldestMs > OLD_CHANGES_MS) {
    return warning(
      `The log of changes has ${shown} rows or more, and old ones are not deleted.`,
      "A running server deletes them: check that one is running, and that its clock is right.",
    );
  }
  return ok(`The log of changes has ${shown} ${count === 1 ? "row" : "rows"}.`);
}
