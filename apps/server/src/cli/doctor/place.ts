import type { DatabaseFile, InspectedPlace } from "../../database/engine.js";
import type { AppSettings } from "../../wiring/settings.js";
import { type Finding, findingsOf } from "./finding.js";
import { examineServer } from "./server.js";

const MIB = 1024 * 1024;
const LARGE_WAL_BYTES = 128 * MIB;
const LITTLE_BYTES = 1024 * MIB;
const TOO_LITTLE_BYTES = 64 * MIB;

/** Examines what a sound database is kept in. */
export function examinePlace(place: InspectedPlace, settings: AppSettings, nowMs: number): Finding[] {
  if ("server" in place) return examineServer(place.server, settings, nowMs);
  return [findingsOf("database").ok("The database file is intact."), ...examineFile(place.file)];
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
