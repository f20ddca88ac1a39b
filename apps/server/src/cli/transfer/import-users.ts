import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import {
  type ImportChoices,
  type ImportState,
  mapColumns,
  type SourceLine,
} from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import { assertCreatable } from "../new-file.js";
import type { Progress } from "../progress.js";
import { recordAct, type Services, withServices } from "../services.js";
import type { Shell } from "../shell.js";
import { onCopy } from "./dry-run.js";
import { firebaseDigest, readFirebaseParameters } from "./firebase.js";
import { assertReadable, guessFormat, type ImportFormat, openUserFile } from "./formats.js";
import { describeColumns, shownNames } from "./names.js";
import { explainRefusal, writeReport } from "./report.js";
import type { UserFile } from "./user-file.js";

export interface ImportOptions {
  readonly format?: ImportFormat;
  readonly dryRun?: true;
  readonly report?: string;
  readonly resume?: true;
  readonly admins?: true;
  /** A file with the parameters of Firebase's hashes. */
  readonly firebaseParameters?: string;
}

/** The result of an import. */
export interface ImportResult {
  readonly file: string;
  readonly format: ImportFormat;
  readonly dryRun: boolean;
  readonly rows: number;
  readonly imported: number;
  readonly present: number;
  readonly refused: number;
  /** The file's column from which each field was read. */
  readonly columns: Readonly<Record<string, string>>;
  readonly ignored: readonly string[];
  /** Whether administrators stayed administrators. */
  readonly admins: boolean;
  /** What the operator must know to find a row by its number. */
  readonly note?: string;
  /** The first few refusals. */
  readonly refusals: ReadonlyArray<ReturnType<typeof explainRefusal>>;
}

const SHOWN_REFUSALS = 20;

/** Imports a file's users, or tries the import on a copy of the database. */
export async function importUsers(shell: Shell, path: string, options: ImportOptions): Promise<ImportResult> {
  assertReadable(path);
  if (options.firebaseParameters !== undefined) assertReadable(options.firebaseParameters);
  if (options.report !== undefined) assertCreatable(options.report);
  const id = await digestOf(path);
  const server = shell.readSettings();
  const run = async (services: Services) => {
    const before = await services.transfers.findImport(id);
    if (options.resume !== true && before !== undefined && !before.finished) {
      throw new CommandError(
        "IMPORT_INTERRUPTED",
        `An import of this file was interrupted after line ${before.line}. Continue it with --resume.`,
      );
    }
    const from = options.resume ? before : undefined;
    const choices = choose(options, from, path);
    const file = await openUserFile(path, choices.format, options.firebaseParameters);
    try {
      return await runImport({ services, id, path, file, choices, from, options, shell });
    } finally {
      file.close();
    }
  };
  return options.dryRun
    ? onCopy(server, (copy) => withServices(copy, run, { olderTables: "upgrade" }))
    : withServices(server, run);
}

/** A resumed import continues with the options that it began with. */
function choose(options: ImportOptions, from: ImportState | undefined, path: string): Choices {
  const { admins, firebaseParameters } = options;
  const hashParameters =
    firebaseParameters === undefined ? "" : firebaseDigest(readFirebaseParameters(firebaseParameters));
  // Imports that an older version began do not know how.
  if (from === undefined || from.format === "") {
    return { keepAdmins: admins === true, format: options.format ?? guessFormat(path), hashParameters };
  }
  const format = from.format as ImportFormat; // Safe: it was one when the import began.
  const { keepAdmins, finished } = from;
  if ((admins === true && !keepAdmins) || (options.format !== undefined && options.format !== format)) {
    const ran = `--format ${format}${keepAdmins ? " --admins" : ", without --admins"}`;
    throw differing(
      finished
        ? `This import is complete and ran with ${ran}: --resume cannot change that.`
        : `This import began with ${ran}: resume it with the same.`,
    );
  }
  if (hashParameters !== "" && from.hashParameters !== "" && hashParameters !== from.hashParameters) {
    throw differing("This import began with other parameters of Firebase: resume it with the same.");
  }
  return { keepAdmins, format, hashParameters: from.hashParameters };
}

const differing = (sentence: string) => new CommandError("OPTIONS_DIFFER", sentence, 2);

/** What was chosen for an import. */
type Choices = ImportChoices & { readonly format: ImportFormat };

interface Run {
  readonly services: Services;
  readonly id: string;
  readonly path: string;
  readonly file: UserFile;
  readonly choices: Choices;
  readonly from: ImportState | undefined;
  readonly options: ImportOptions;
  readonly shell: Shell;
}

async function runImport(run: Run): Promise<ImportResult> {
  const { services, id, path, file, choices, from, options } = run;
  const { columns, ignored, repeated } = mapColumns(file.columns);
  if (repeated.length > 0) {
    throw new CommandError(
      "COLUMNS_REPEATED",
      `${path} has more than one column named ${repeated.join(", ")}, not counting case and blanks: keep one ` +
        "of them. Nothing was imported.",
    );
  }
  if (columns.email === undefined || columns.hashedPassword === undefined) {
    throw new CommandError(
      "COLUMNS_MISSING",
      `${path} needs columns for the email address and the password hash, such as email and ` +
        `hashed_password. ${describeColumns(file.columns, Object.values(columns))}`,
    );
  }
  const state = from?.finished ? from : await importRows(run, columns);
  const refusals = [];
  for await (const refusal of services.transfers.refusals(id)) {
    refusals.push(explainRefusal(refusal));
    if (refusals.length === SHOWN_REFUSALS) break;
  }
  if (options.report !== undefined) await report(services, options.report, id);
  return {
    file: path,
    format: choices.format,
    dryRun: options.dryRun === true,
    rows: file.rows,
    imported: state.imported,
    present: state.present,
    refused: state.refused,
    columns,
    ignored: shownNames(ignored),
    admins: choices.keepAdmins,
    ...(file.note !== undefined && { note: file.note }),
    refusals,
  };
}

async function importRows(run: Run, columns: ReturnType<typeof mapColumns>["columns"]): Promise<ImportState> {
  const { services, id, path, file, choices, from, options, shell } = run;
  const { rows } = file;
  // Before the first row: an import that is killed leaves this entry.
  const role = choices.keepAdmins && { role: "admin" };
  if (!options.dryRun) {
    await recordAct(services, { action: "users.import.start", details: { count: rows, ...role } });
  }
  const progress: Progress = shell.startProgress("Importing", "rows");
  const tell = (state: ImportState) => progress.update(processed(state), rows);
  const state = await shell
    .interruptible((stop) => {
      const lines = (afterLine: number) => untilStopped(file.lines(afterLine), stop);
      return services.transfers.run({ id, columns, ...choices, lines }, from, tell);
    })
    .finally(progress.end);
  if (state === undefined) {
    throw new CommandError("IMPORT_ELSEWHERE", "Another process is importing the same file.");
  }
  if (!options.dryRun) {
    await recordAct(services, { action: "users.import", details: { count: state.imported, ...role } });
  }
  if (processed(state) !== rows) {
    throw new CommandError(
      "FILE_CHANGED",
      `${path} had ${rows} rows, but ${processed(state)} were read: it changed in the meantime. Import it ` +
        "again; users who are there already are skipped.",
    );
  }
  return state;
}

function processed({ imported, present, refused }: ImportState): number {
  return imported + present + refused;
}

async function report({ transfers }: Services, path: string, id: string): Promise<void> {
  try {
    await writeReport(path, transfers.refusals(id));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new CommandError(
      "REPORT_UNWRITTEN",
      `The import is complete, but ${path} could not be written${code}. Run it again with --resume and ` +
        "--report to get the report.",
    );
  }
}

/** A batch that is not complete is not imported; what was imported stays, and the import can be resumed. */
async function* untilStopped(lines: AsyncIterable<SourceLine>, stop: AbortSignal): AsyncIterable<SourceLine> {
  for await (const line of lines) {
    if (stop.aborted) {
      throw new CommandError(
        "INTERRUPTED",
        "Interrupted. What was imported is kept; continue with --resume.",
      );
    }
    yield line;
  }
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Includes a SQLite file's write-ahead log. */
async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for (const part of [path, `${path}-wal`]) {
    if (isFile(part)) for await (const chunk of createReadStream(part)) hash.update(chunk);
  }
  return hash.digest("hex");
}
