import { readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { engineOf } from "../database/engines.js";
import { CommandError } from "./failure.js";
import { makeFile } from "./new-file.js";
import { printable } from "./output.js";
import type { Shell } from "./shell.js";

/** The pattern of backup names in a folder; no other file in it is ever deleted. */
const DATED = /^latchkey-\d{8}T\d{6}Z\.db$/;

interface BackupOptions {
  readonly keep?: number;
}

export function addBackupCommand(program: Command, shell: Shell): void {
  program
    .command("backup")
    .description(
      "Copies the database into a new file, even while the server is running, checks the copy, and " +
        "records its location. The copy contains all hashes and signing keys: only its owner may read it.",
    )
    .argument(
      "<path>",
      "A file that does not exist yet, or a folder, in which the file is named after the time.",
    )
    .option(
      "--keep <number>",
      "In a folder: keeps only this many of the newest backups and deletes the others.",
      keepNumber,
    )
    .action(async (path: string, options: BackupOptions) => {
      const { file, users, deleted } = await backUp(path, options, shell);
      const more = deleted.length === 0 ? "" : ` Deleted ${deleted.length} older.`;
      shell.tell({
        json: { backup: { file, users, deleted } },
        text:
          `Backed up ${users} user${users === 1 ? "" : "s"} to ${printable(file)}; the copy is ` +
          `intact.${more}`,
      });
    });
}

async function backUp(path: string, { keep }: BackupOptions, shell: Shell) {
  const progress = shell.startProgress("Copying", "pages");
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (keep !== undefined && !isFolder) {
    throw new CommandError("KEEP_NEEDS_FOLDER", "--keep works only with backups in an existing folder.", 2);
  }
  const { databaseUrl } = shell.readSettings().settings.host;
  const engine = engineOf(databaseUrl);
  if (!engine.exists(databaseUrl)) {
    throw new CommandError("NO_DATABASE", `There is no database at ${databaseUrl}.`);
  }
  const at = new Date().toISOString();
  const file = resolve(isFolder ? join(path, `latchkey-${at.replace(/[-:]|\.\d+/g, "")}.db`) : path);
  const { rows } = await makeFile(file, (unfinished) =>
    engine.backUp(databaseUrl, unfinished, progress.update),
  ).finally(progress.end);
  engine.noteBackup(databaseUrl, { file, at });
  const deleted = keep === undefined ? [] : deleteOlder(path, keep);
  return { file, users: rows.users ?? 0, deleted };
}

/** Their names sort by age. */
function deleteOlder(folder: string, keep: number): readonly string[] {
  const older = readdirSync(folder)
    .filter((name) => DATED.test(name))
    .sort()
    .slice(0, -keep);
  const files = older.map((name) => resolve(folder, name));
  for (const file of files) rmSync(file);
  return files;
}

function keepNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 10_000) return value;
  throw new InvalidArgumentError("It must be a whole number from 1 to 10000.");
}
