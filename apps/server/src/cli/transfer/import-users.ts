import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { type ImportState, mapColumns, type SourceLine } from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import { assertNew } from "../new-file.js";
import type { Progress } from "../progress.js";
import { recordAct, type Services, withServices } from "../services.js";
import type { Shell } from "../shell.js";
import { onCopy } from "./dry-run.js";
import { type Format, guessFormat, openUserFile } from "./formats.js";
import { explainRefusal, writeReport } from "./report.js";
import type { UserFile } from "./user-file.js";

export interface ImportOptions {
  readonly format?: Format;
  readonly dryRun?: true;
  readonly report?: string;
  readonly resume?: true;
  readonly admins?: true;
}

/** The result of an import. */
export interface ImportResult {
  readonly file: string;
  readonly format: Format;
  readonly dryRun: boolean;
  readonly rows: number;
  readonly imported: number;
  readonly present: number;
  readonly refused: number;
  /** The file's column from which each field was read. */
  readonly columns: Readonly<Record<string, string>>;
  readonly ignored: readonly string[];
  /** The first few refusals. */
  readonly refusals: ReadonlyArray<ReturnType<typeof explainRefusal>>;
}

const SHOWN_REFUSALS = 20;

/** Imports a file's users, or tries the import on a copy of the database. */
export async function importUsers(shell: Shell, path: string, options: ImportOptions): Promise<ImportResult> {
  const progress = shell.startProgress("Importing", "rows");
  if (!existsSync(path)) throw new CommandError("FILE_MISSING", `The file ${path} does not exist.`, 2);
  if (options.report !== undefined) assertNew(options.report);
  const format = options.format ?? guessFormat(path);
  const file = await openUserFile(path, format);
  const { columns, ignored } = mapColumns(file.columns);
  if (columns.email === undefined || columns.hashedPassword === undefined) {
    const found = file.columns.length === 0 ? "none" : file.columns.join(", ");
    throw new CommandError(
      "COLUMNS_MISSING",
      `${path} needs columns for the email address and the password hash, such as email and ` +
        `hashed_password. It has: ${found}.`,
    );
  }
  const source = { id: await digestOf(path), columns, keepAdmins: options.admins === true };
  const server = shell.readSettings();
  const run = async (services: Services) => {
    const state = await runImport(services, { source, file, options, progress, shell });
    const refusals = [];
    for await (const refusal of services.transfers.refusals(source.id)) {
      refusals.push(explainRefusal(refusal));
      if (refusals.length === SHOWN_REFUSALS) break;
    }
    if (options.report !== undefined)
      await writeReport(options.report, services.transfers.refusals(source.id));
    const { imported, present, refused } = state;
    if (!options.dryRun) await recordAct(services, { action: "users.import", details: { count: imported } });
    const counts = { rows: file.rows, imported, present, refused };
    return { file: path, format, dryRun: options.dryRun === true, ...counts, columns, ignored, refusals };
  };
  return options.dryRun ? onCopy(server, (copy) => withServices(copy, run)) : withServices(server, run);
}

interface Run {
  readonly source: Omit<Parameters<Services["transfers"]["run"]>[0], "lines">;
  readonly file: UserFile;
  readonly options: ImportOptions;
  readonly progress: Progress;
  readonly shell: Pick<Shell, "interruptible">;
}

async function runImport(
  { transfers }: Services,
  { source, file, options, progress, shell }: Run,
): Promise<ImportState> {
  const before = await transfers.findImport(source.id);
  if (options.resume && before?.finished) return before;
  if (!options.resume && before !== undefined && !before.finished) {
    throw new CommandError(
      "IMPORT_INTERRUPTED",
      `An import of this file was interrupted after line ${before.line}. Continue it with --resume.`,
    );
  }
  const tell = ({ imported, present, refused }: ImportState) =>
    progress.update(imported + present + refused, file.rows);
  const state = await shell
    .interruptible((stop) => {
      const lines = (afterLine: number) => untilStopped(file.lines(afterLine), stop);
      return transfers.run({ ...source, lines }, options.resume && before, tell);
    })
    .finally(progress.end);
  if (state !== undefined) return state;
  throw new CommandError("IMPORT_ELSEWHERE", "Another process is importing the same file.");
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

/** Includes a SQLite file's write-ahead log. */
async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for (const part of [path, `${path}-wal`]) {
    if (existsSync(part)) for await (const chunk of createReadStream(part)) hash.update(chunk);
  }
  return hash.digest("hex");
}
