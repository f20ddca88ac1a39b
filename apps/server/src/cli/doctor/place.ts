import type { DatabaseFile, DatabaseServer, InspectedPlace } from "../../database/engine.js";
import type { AppSettings } from "../../wiring/settings.js";
import { type Finding, findingsOf } from "./finding.js";

const MIB = 1024 * 1024;
const LARGE_WAL_BYTES = 128 * MIB;
const LITTLE_BYTES = 1024 * MIB;
const TOO_LITTLE_BYTES = 64 * MIB;
/** Times of several nodes are compared with each other. */
const CLOCK_DIFFERENCE_MS = 1000;
/** Each process has these in addition to those that transactions share. */
const OWN_CONNECTIONS = 2;

/** Examines what a sound database is kept in. */
export function examinePlace(place: InspectedPlace, settings: AppSettings): Finding[] {
  if ("server" in place) return examineServer(place.server, settings);
  return [findingsOf("database").ok("The database file is intact."), ...examineFile(place.file)];
}

function examineServer(server: DatabaseServer, { host, http }: AppSettings): Finding[] {
  const { version, isWritable, maxConnections, aheadMs, tls } = server;
  const database = findingsOf("database");
  const connections = findingsOf("connections");
  const encryption = findingsOf("encryption");
  const needed = (host.pool + OWN_CONNECTIONS) * http.workers;
  const counts = `This node uses up to ${needed} connections; PostgreSQL allows ${maxConnections} in all.`;
  return [
    isWritable
      ? database.ok(`PostgreSQL ${version} answers.`)
      : database.fault(
          `PostgreSQL ${version} answers, but it is a standby or read-only.`,
          "Set DATABASE_URL to the primary.",
        ),
    clockFinding(aheadMs),
    needed > maxConnections
      ? connections.fault(counts, "Lower DATABASE_POOL or WORKERS, or raise PostgreSQL's `max_connections`.")
      : connections.ok(counts),
    tls === "unverified"
      ? encryption.warning(
          "The connection to PostgreSQL is encrypted, but any server is accepted at its other end.",
          "Set sslmode=verify-full in DATABASE_URL, with sslrootcert if the authority is your own.",
        )
      : encryption.ok(
          tls === "verify"
            ? "The connection to PostgreSQL is encrypted, and its certificate is verified."
            : "The connection to PostgreSQL is not encrypted.",
        ),
  ];
}

function clockFinding(aheadMs: number): Finding {
  const { ok, warning } = findingsOf("database-clock");
  if (Math.abs(aheadMs) <= CLOCK_DIFFERENCE_MS) return ok("PostgreSQL's clock agrees with this machine's.");
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return warning(
    `PostgreSQL's clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} this machine's.`,
    "Keep all machines in sync with NTP.",
  );
}

function examineFile({ mode, walBytes, freeBytes }: DatabaseFile): Finding[] {
  const permissions = findingsOf("permissions");
  const disk = findingsOf("disk");
  const wal = findingsOf("wal");
  const free = `${Math.floor(freeBytes / MIB)} MiB are free on the database's disk.`;
  const room =
    "Free some space: on a full disk no account can be created, and users can sign in only until the reserve " +
    "is used up.";
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
