import { open } from "node:fs/promises";
import {
  describeTransferred,
  SecretUnreadable,
  type TransferredUser,
} from "../../features/transfers/service.js";
import { CommandError } from "../failure.js";
import { assertCreatable, makeFile } from "../new-file.js";
import { recordAct } from "../services.js";
import type { Shell } from "../shell.js";
import { csvLine } from "./csv-line.js";
import { type ExportFormat, exportFormat } from "./formats.js";
import { createSqliteUserFile } from "./sqlite-writer.js";

export interface ExportResult {
  readonly file: string;
  readonly format: ExportFormat;
  readonly users: number;
}

/** The destination to which users are written, page by page. */
interface UserWriter {
  write(users: readonly TransferredUser[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Writes all users as they are at one moment. The file appears when it is complete, and only its owner may
 * read it.
 */
export async function exportUsers(
  shell: Shell,
  path: string,
  options: { readonly format?: ExportFormat },
): Promise<ExportResult> {
  const format = options.format ?? exportFormat(path);
  assertCreatable(path);
  const progress = shell.startProgress("Exporting", "rows");
  return shell.withServices(async (services) => {
    const { transfers } = services;
    const total = await transfers.countUsers();
    const users = await makeFile(path, async (unfinished) => {
      const writer = await openWriter(unfinished, format);
      let written = 0;
      try {
        for await (const page of transfers.readUsers()) {
          await writer.write(page);
          written += page.length;
          progress.update(written, total);
        }
      } catch (error) {
        throw error instanceof SecretUnreadable ? unreadable() : error;
      } finally {
        progress.end();
        await writer.close();
      }
      return written;
    });
    await recordAct(services, { action: "users.export", details: { count: users } });
    return { file: path, format, users };
  });
}

const unreadable = () =>
  new CommandError(
    "SECRETS_UNREADABLE",
    "The secret of an authenticator app cannot be opened by any key of SEAL_KEY: add the key that sealed it.",
  );

async function openWriter(path: string, format: ExportFormat): Promise<UserWriter> {
  if (format === "sqlite") {
    const file = createSqliteUserFile(path);
    return {
      write: async (users) => file.write(users.map((user) => rowOf(user, sqlTime))),
      close: async () => file.close(),
    };
  }
  const file = await open(path, "wx", 0o600);
  const close = async () => {
    await file.sync();
    await file.close();
  };
  if (format === "jsonl") {
    const lineOf = (user: TransferredUser) => {
      const row = rowOf(user, isoTime);
      const flags = { disabled: user.disabled, must_change_password: user.mustChangePassword };
      return `${JSON.stringify({ ...row, ...flags, second_factors: factorsOf(user) })}\n`;
    };
    return { write: async (users) => void (await file.appendFile(users.map(lineOf).join(""))), close };
  }
  let isFirst = true;
  return {
    async write(users) {
      const rows = users.map((user) => rowOf(user, isoTime));
      const [first] = rows;
      if (isFirst && first !== undefined) await file.appendFile(csvLine(Object.keys(first)));
      isFirst = false;
      await file.appendFile(rows.map((row) => csvLine(Object.values(row))).join(""));
    },
    close,
  };
}

/** The column names are those of the tables. */
function rowOf(user: TransferredUser, time: (ms: number) => string) {
  return {
    uuid: user.uuid,
    email: user.email,
    username: user.username,
    hashed_password: user.hashedPassword,
    disabled: user.disabled ? 1 : 0,
    disabled_reason: user.disabledReason,
    role: user.role,
    language: user.language,
    email_verified_at: user.emailVerifiedAtMs === null ? null : time(user.emailVerifiedAtMs),
    must_change_password: user.mustChangePassword ? 1 : 0,
    created_at: time(user.createdAtMs),
    updated_at: time(user.updatedAtMs),
    first_name: user.firstName,
    last_name: user.lastName,
    phone_number: user.phoneNumber,
    second_factors: user.factors === undefined ? null : JSON.stringify(factorsOf(user)),
  };
}

const factorsOf = ({ factors = [], email }: TransferredUser) =>
  factors.map((factor) => describeTransferred(factor, email));

const isoTime = (ms: number) => new Date(ms).toISOString();

/** In the format that SQLAlchemy writes. */
const sqlTime = (ms: number) => isoTime(ms).replace("T", " ").replace("Z", "000");
