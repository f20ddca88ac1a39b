import { readdirSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { numberedNames, timeName } from "../database/time-name.js";
import { checkBackup, copyingEngineOf } from "./copies.js";
import { CommandError } from "./failure.js";
import { assertCreatable, assertWritable, makeNamedFile, removeAbandoned } from "./new-file.js";
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
      const { file, users, deleted, unrecorded } = await backUp(path, options, shell);
      const more = deleted.length === 0 ? "" : ` Deleted ${deleted.length} older.`;
      const warning =
        unrecorded === undefined
          ? ""
          : `\nIts location could not be recorded next to the database (${unrecorded}): \`latchkey doctor\` ` +
            "does not know of this backup.";
      shell.tell({
        json: { backup: { file, users, deleted, recorded: unrecorded === undefined } },
        text:
          `Backed up ${users} user${users === 1 ? "" : "s"} to ${printable(file)}; the copy is ` +
          `intact.${more}${warning}`,
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
  const deleted = keep === undefined || begin === UNNAMED ? [] : deleteOlder(path, { begin, keep });
  return { file, users: made.rows.users ?? 0, deleted, unrecorded };
}

const UNNAMED = "latchkey-";

/** How the names of an instance's backups begin. */
const beginningOf = (instance: string | undefined) =>
  instance === undefined ? UNNAMED : `${UNNAMED}${instance}-`;

/** Deletes nothing but backups of this instance, the oldest first. */
function deleteOlder(
  folder: string,
  { begin, keep }: { readonly begin: string; readonly keep: number },
): readonly string[] {
  const own = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const made = timeOf(entry.name, begin);
    return made === undefined || !entry.isFile() ? [] : [{ name: entry.name, ...made }];
  });
  const byAge = own.sort((a, b) => a.time.localeCompare(b.time) || a.number - b.number);
  const files = byAge.slice(0, -keep).map(({ name }) => resolve(folder, name));
  for (const file of files) rmSync(file);
  return files;
}

/** When a backup of this instance was made, and which one it is of that second. */
function timeOf(name: string, begin: string) {
  const [, time, number = "1"] = (name.startsWith(begin) && TIME.exec(name.slice(begin.length))) || [];
  return time === undefined ? undefined : { time, number: Number(number) };
}

/** Of several within one second all but the first are numbered. */
const TIME = /^(\d{8}T\d{6}Z)(?:-(\d+))?\.db$/;

function keepNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 10_000) return value;
  throw new InvalidArgumentError("It must be a whole number from 1 to 10000.");
}
