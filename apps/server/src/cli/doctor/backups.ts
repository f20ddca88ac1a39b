import { existsSync } from "node:fs";
import type { DatabaseEngine } from "../../database/engine.js";
import type { AppSettings } from "../../wiring/settings.js";
import { printable } from "../output.js";
import { type Finding, findingsOf } from "./finding.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const OLD_DAYS = 7;
/** Machines' clocks differ a little. */
const AHEAD_MS = 60_000;

/** Whether there is a recent backup that this program has made. */
export function examineBackups(
  { copies }: DatabaseEngine,
  { settings, nowMs }: { readonly settings: AppSettings; readonly nowMs: number },
): Finding[] {
  const { ok, warning } = findingsOf("backup");
  if ("howToBackUp" in copies) return [ok(copies.howToBackUp)];
  const last = copies.lastBackup(settings.host.databaseUrl);
  if (last === undefined) {
    return [
      warning(
        "`latchkey backup` has never been run for this database.",
        "Run it every night, and copy the file to another machine.",
      ),
    ];
  }
  const file = printable(last.file);
  if (!existsSync(last.file)) {
    return [
      warning(
        `The last backup, ${file}, is no longer there.`,
        "Run `latchkey backup` again unless it was moved to another machine.",
      ),
    ];
  }
  const ageMs = nowMs - Date.parse(last.at);
  // Whether it is old cannot be said of either, and a backup from the future would count as recent for years.
  if (Number.isNaN(ageMs) || ageMs < -AHEAD_MS) {
    const when = Number.isNaN(ageMs)
      ? "has no readable time"
      : `is from ${printable(last.at)}, in the future`;
    return [
      warning(
        `By its record, the last backup, ${file}, ${when}.`,
        "Check this machine's clock, and run `latchkey backup` again.",
      ),
    ];
  }
  const days = Math.floor(ageMs / DAY_MS);
  if (days >= OLD_DAYS) {
    return [warning(`The last backup, ${file}, is ${days} days old.`, "Run `latchkey backup` every night.")];
  }
  return [ok(`The last backup is ${file}, from ${printable(last.at)}.`)];
}
