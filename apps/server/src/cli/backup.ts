import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { numberedNames, timeName } from "../database/time-name.js";
import { checkBackup, copyingEngineOf } from "./copies.js";
import { CommandError } from "./failure.js";
import { assertCreatable, assertWritable, makeNamedFile, removeAbandoned } from "./new-file.js";
import { type Cleared, deleteOlder, timeOf } from "./older-backups.js";
import { printable } from "./output.js";
import type { Shell } from "./shell.js";

interface BackupOptions {
  readonly keep?: number;
}

export function addBackupCommand(program: Command, shell: Shell): void {
  const backup = program
    .command("backup")
    .description(
      "Copies the database into a new file, even while the server is running, checks the copy, and " +
        "records its location. The copy contains all hashes and signing keys: only its owner may read it.",
    )
    .argument(
      "<path>",
      "A file that does not exist yet, or a folder: then the file is named after the instance and the time.",
    )
    .option(
      "--keep <number>",
      "In a folder: keeps this many of this instance's newest backups and deletes its older ones.",
      keepNumber,
    )
    .action(async (path: string, options: BackupOptions) => {
      const { file, users, cleared, unrecorded } = await backUp(path, options, shell);
      const warning =
        unrecorded === undefined
          ? ""
          : `\nIts location could not be recorded next to the database (${unrecorded}): \`latchkey doctor\` ` +
            "does not know of this backup.";
      shell.tell({
        json: { backup: { file, users, ...cleared, recorded: unrecorded === undefined } },
        text:
          `Backed up ${users} user${users === 1 ? "" : "s"} to ${printable(file)}; the copy is ` +
          `intact.${clearedText(cleared)}${warning}`,
      });
    });

  backup
    .command("verify")
    .description("Reads a backup completely and says whether it can be restored. It changes nothing.")
    .argument("<file>", "A file that `latchkey backup` made.")
    .action(async (file: string) => {
      const { settings } = shell.readSettings();
      const { rows, tables, audit } = await checkBackup(
        copyingEngineOf(settings, "backUp"),
        resolve(file),
        settings,
      );
      const users = rows.users ?? 0;
      shell.tell({
        json: { backup: { file: resolve(file), users, rows, pendingMigrations: tables.pending, audit } },
        text: [
          `${printable(file)} is intact: ${counted(users, "user")}, ${counted(rows.sessions ?? 0, "session")}.`,
          tables.pending === 0
            ? "Its tables are those of this version."
            : "It is from an older version: restoring it brings its tables up to date.",
          `Its audit log is intact: ${counted(audit.count, "entr", ["y", "ies"])}, head ${audit.head.number}:${audit.head.hash}`,
        ].join("\n"),
      });
    });
}

/** What else became of the folder's backups, in the lines after the first one as far as it is a warning. */
function clearedText({ deleted, undeleted, fromFuture }: Cleared): string {
  const lines = [deleted.length === 0 ? "" : ` Deleted ${deleted.length} older.`];
  if (undeleted.length > 0) {
    lines.push("This could not be deleted:", ...undeleted.map(({ file, code }) => `  ${file} (${code})`));
  }
  if (fromFuture.length > 0) {
    lines.push(
      "The clock of this machine is or was wrong: these backups are named after a time in the future, so " +
        "they are neither counted nor deleted until then:",
      ...fromFuture.map((file) => `  ${file}`),
    );
  }
  return lines.map((line) => printable(line)).join("\n");
}

function counted(count: number, noun: string, [one, many] = ["", "s"]): string {
  return `${count} ${noun}${count === 1 ? one : many}`;
}

async function backUp(path: string, { keep }: BackupOptions, shell: Shell) {
  const progress = shell.startProgress("Copying", "pages");
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (keep !== undefined && !isFolder) {
    throw new CommandError("KEEP_NEEDS_FOLDER", "--keep works only with backups in an existing folder.", 2);
  }
  const { settings } = shell.readSettings();
  const { databaseUrl } = settings.host;
  const { copies } = copyingEngineOf(settings, "backUp");
  if (!copies.exists(databaseUrl)) {
    throw new CommandError("NO_DATABASE", `There is no database at ${databaseUrl}.`);
  }
  const at = new Date();
  const begin = beginningOf(isFolder ? copies.instanceOf(databaseUrl) : undefined);
  const begun = resolve(path, `${begin}${timeName(at)}`);
  const names = () => (isFolder ? numberedNames(begun, ".db") : [resolve(path)]);
  if (isFolder) {
    assertWritable(begun);
    removeAbandoned(path, (name) => timeOf(name, begin) !== undefined);
  } else assertCreatable(resolve(path));
  const { file, made } = await makeNamedFile(names, (unfinished) =>
    copies.backUp(databaseUrl, unfinished, progress.update),
  ).finally(progress.end);
  const unrecorded = copies.noteBackup(databaseUrl, { file, at: at.toISOString() });
  const clears = keep !== undefined && begin !== UNNAMED;
  const cleared = clears ? deleteOlder(file, { begin, keep, now: new Date() }) : NOTHING_CLEARED;
  return { file, users: made.rows.users ?? 0, cleared, unrecorded };
}

const UNNAMED = "latchkey-";
const NOTHING_CLEARED: Cleared = { deleted: [], undeleted: [], fromFuture: [] };

/** How the names of an instance's backups begin. */
const beginningOf = (instance: string | undefined) =>
  instance === undefined ? UNNAMED : `${UNNAMED}${instance}-`;

function keepNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 10_000) return value;
  throw new InvalidArgumentError("It must be a whole number from 1 to 10000.");
}
