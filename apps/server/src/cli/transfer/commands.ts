import { type Command, Option } from "commander";
import { printable } from "../output.js";
import type { Shell } from "../shell.js";
import { exportUsers } from "./export-users.js";
import { EXPORT_FORMATS, type ExportFormat, IMPORT_FORMATS } from "./formats.js";
import { type ImportOptions, type ImportResult, importUsers } from "./import-users.js";

/** Completed, but some rows were refused. */
const EXIT_REFUSED = 3;

export function addTransferCommands(users: Command, shell: Shell): void {
  const format = (formats: readonly string[]) =>
    new Option("--format <format>", "The format of the file.").choices(formats);

  users
    .command("import")
    .description(
      "Imports users with their password hashes from another system's SQLite tables, CSV, tab-separated text, " +
        "JSON lines, or an export of Keycloak or Firebase. " +
        "They can sign in with their old passwords. Rows that cannot become accounts are refused, each with " +
        "its line and the reason. Exits with 3 if rows were refused and the others imported.",
    )
    .argument("<file>", "The file to import.")
    .addOption(format(IMPORT_FORMATS))
    .option("--dry-run", "Tries the import on a copy of the database and imports nothing.")
    .option("--report <file>", "Writes all refused rows to a new CSV file: line, reason and explanation.")
    .option(
      "--resume",
      "Continues where an interrupted import of this file stopped, with the options that it began with.",
    )
    .option(
      "--firebase-parameters <file>",
      "For an export of Firebase: the password hash parameters that its console shows, with the project's key.",
    )
    .option("--admins", "Makes users with the role admin in the file administrators here too.")
    .action(async (file: string, options: ImportOptions) => {
      const result = await importUsers(shell, file, options);
      shell.tell({
        json: { import: result },
        text: describeImport(result, options),
        ...(result.refused > 0 && { exitCode: EXIT_REFUSED }),
      });
    });

  users
    .command("export")
    .description(
      "Writes all users with their password hashes, as they are at one moment, to a new file that only " +
        "its owner can read.",
    )
    .argument("<file>", "The file to write, which must not exist yet.")
    .addOption(format(EXPORT_FORMATS))
    .action(async (file: string, options: { readonly format?: ExportFormat }) => {
      const result = await exportUsers(shell, file, options);
      shell.tell({
        json: { export: result },
        text: `Exported ${count(result.users, "user")} to ${printable(file)}.`,
      });
    });
}

function describeImport(result: ImportResult, options: ImportOptions): string {
  const { dryRun, imported, present, refused, refusals } = result;
  const [would, refuse] = dryRun ? ["Would import", "refuse"] : ["Imported", "refused"];
  const there =
    present === 0 ? "" : `, ${count(present, "user")} ${present === 1 ? "was" : "were"} already there`;
  const lines = [
    `${result.file} is ${result.format} with ${count(result.rows, "row")}.`,
    `Columns: ${Object.entries(result.columns)
      .map(([field, column]) => `${field} from ${column}${mayHoldNumbers(field, column)}`)
      .join(", ")}.`,
  ];
  if (result.ignored.length > 0) lines.push(`Ignored: ${result.ignored.join(", ")}.`);
  if (result.note !== undefined) lines.push(result.note);
  if (result.columns.role !== undefined && !result.admins) {
    lines.push("Administrators become ordinary users: pass --admins to keep their role.");
  }
  lines.push(`${would} ${count(imported, "user")}${there}, ${refuse} ${count(refused, "row")}.`);
  lines.push(...refusals.map(({ line, explanation }) => `  line ${line}: ${explanation}`));
  if (refused > refusals.length) {
    lines.push(`  … and ${refused - refusals.length} more${options.report ? "" : ": --report lists all"}`);
  }
  return lines.map(printable).join("\n");
}

/** Most tables number their rows in `id`: only the values show whether it holds uuids. */
function mayHoldNumbers(field: string, column: string): string {
  return field === "uuid" && column.toLowerCase() === "id" ? " if it contains one" : "";
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
