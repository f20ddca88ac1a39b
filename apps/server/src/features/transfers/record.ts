import { randomUUID } from "node:crypto";
import { comparisonKey, normaliseEmail } from "@latchkey/contracts/fields/email";
import { personalText, username as usernameRules } from "@latchkey/contracts/fields/text";
import type { Passwords } from "../credentials/service.js";
import { type Columns, type Field, plainName } from "./columns.js";
import { readFactors } from "./factors.js";
import type { ImportedUser } from "./store.js";
import { isNotText, readBoolean, readText, readTime } from "./values.js";

/** Why a row cannot become an account, each in half a sentence. */
export const REFUSALS = {
  ROW_UNREADABLE:
    "the row cannot be read: it is not a JSON object, is longer than 1 MiB, or has more or fewer columns " +
    "than the first",
  KEY_REPEATED: "the row has the same key twice",
  VALUES_JOINED: "the line has several values: one JSON object is expected",
  EMAIL_MISSING: "there is no address",
  EMAIL_INVALID: "the address is not valid",
  EMAIL_TAKEN: "the address belongs to another account",
  USERNAME_INVALID:
    "the username has more than 50 characters, none that is visible, or forbidden ones, or contains an " +
    "address that is not the account's own",
  USERNAME_TAKEN: "the username belongs to another account",
  UUID_INVALID: "the uuid is not valid",
  UUID_TAKEN: "the uuid belongs to another account",
  HASH_MISSING: "there is no password hash",
  HASH_UNKNOWN: "the password hash is of an unknown kind",
  HASH_TOO_COSTLY: "comparing with the password hash would take too much time or memory",
  FLAG_INVALID: "a yes-or-no column contains neither",
  TIME_INVALID: "a time cannot be read or does not exist",
  FACTOR_INVALID: "a second factor cannot be read",
  TEXT_INVALID: "a name, a phone number or a reason is not text, or contains forbidden characters",
} as const;

export type RefusalReason = keyof typeof REFUSALS;

/** A row as it was read: values by column name. */
export type Row = Readonly<Record<string, unknown>>;

interface Reading {
  readonly columns: Columns;
  /** Whether administrators stay administrators. */
  readonly keepAdmins: boolean;
  readonly nowMs: number;
  readonly passwords: Pick<Passwords, "judge">;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
/** A number that means a time before the web is not the time of a confirmation. */
const EARLIEST_MS = Date.UTC(1990, 0, 1);
const UUID_BYTES = 16;
const personal = personalText("", "");

/** Reads a row as an account, or returns the first fault in it. */
export function readRow(row: Row, reading: Reading): ImportedUser | RefusalReason {
  const value = (field: Field) => {
    const column = reading.columns[field];
    return column === undefined ? undefined : (row[column] ?? undefined);
  };
  const names = readNames(value);
  if (typeof names === "string") return names;
  const hashedPassword = readHashText(value("hashedPassword"), reading);
  if ("reason" in hashedPassword) return hashedPassword.reason;
  const uuid = readUuid(value("uuid"), reading.columns.uuid);
  if (uuid === undefined) return "UUID_INVALID";
  const verification = readVerification(value);
  const flags = readFlags(value);
  if (verification === undefined || flags === undefined) return "FLAG_INVALID";
  const times = readTimes(value, reading.nowMs);
  if (times === undefined) return "TIME_INVALID";
  const texts = readTexts(value);
  if (texts === undefined) return "TEXT_INVALID";
  const factors = readFactors(value("factors"), reading.nowMs);
  if (factors === undefined) return "FACTOR_INVALID";

  const { emailVerifiedAtMs, isShutOut, ...dates } = times;
  return {
    ...names,
    ...hashedPassword,
    ...dates,
    ...texts,
    ...(factors.length > 0 && { factors }),
    uuid,
    disabled: flags.disabled || isShutOut,
    mustChangePassword: flags.mustChangePassword,
    emailVerifiedAtMs:
      emailVerifiedAtMs ?? verification.atMs ?? (verification.isVerified ? dates.createdAtMs : null),
    role: reading.keepAdmins && readText(value("role")) === "admin" ? "admin" : "user",
    language: readLanguage(readText(value("language"))),
  };
}

type ValueOf = (field: Field) => unknown;

function readNames(value: ValueOf) {
  if (isNotText(value("email"))) return "EMAIL_INVALID";
  if (isNotText(value("username"))) return "USERNAME_INVALID";
  const given = readText(value("email"))?.trim();
  if (given === undefined || given === "") return "EMAIL_MISSING";
  const email = normaliseEmail(given);
  if (email === undefined) return "EMAIL_INVALID";
  const emailKey = comparisonKey(email);
  const name = readText(value("username"))?.trim();
  // As on the users surface: a user without a username goes by the address, however long that is.
  if (name === undefined || name === "") return { email, emailKey, username: email, usernameKey: emailKey };
  if (comparisonKey(name) === emailKey) return { email, emailKey, username: name, usernameKey: emailKey };
  // A user cannot take another user's address as a username.
  if (!usernameRules.safeParse(name).success || name.includes("@")) return "USERNAME_INVALID";
  return { email, emailKey, username: name, usernameKey: comparisonKey(name) };
}

function readHashText(value: unknown, { passwords }: Reading) {
  if (isNotText(value)) return { reason: "HASH_UNKNOWN" } as const;
  // libsodium fills a buffer of 128 bytes with NUL after the hash, and some programs store all of it.
  const text = readText(value)?.replace(/\0+$/, "").trim();
  if (text === undefined || text === "") return { reason: "HASH_MISSING" } as const;
  const judged = passwords.judge(text);
  if ("comparable" in judged) return { hashedPassword: judged.comparable };
  return { reason: judged.fault === "unknown" ? "HASH_UNKNOWN" : "HASH_TOO_COSTLY" } as const;
}

/** Tables that number their users have no uuids: those users get new ones. */
function readUuid(value: unknown, column: string | undefined): string | undefined {
  const isBinary = value instanceof Uint8Array && value.length === UUID_BYTES;
  const text = isBinary ? Buffer.from(value).toString("hex") : readText(value)?.trim();
  if (text !== undefined && UUID.test(text)) {
    return text.toLowerCase().replace(/^(.{8})-?(.{4})-?(.{4})-?(.{4})-?(.{12})$/, "$1-$2-$3-$4-$5");
  }
  const isAbsent = value === undefined || text === "";
  return isAbsent || (column !== undefined && plainName(column) === "id") ? randomUUID() : undefined;
}

/** Whether the address is confirmed, in a column for yes and no; some programs keep the time in it. */
function readVerification(value: ValueOf) {
  const isVerified = readBoolean(value("verified"), false);
  if (isVerified !== undefined) return { isVerified, atMs: null };
  const atMs = readTime(value("verified")) ?? undefined;
  return atMs === undefined || atMs < EARLIEST_MS ? undefined : { isVerified: true, atMs };
}

function readFlags(value: ValueOf) {
  const disabled = readBoolean(value("disabled"), false);
  const enabled = readBoolean(value("enabled"), true);
  const mustChangePassword = readBoolean(value("mustChangePassword"), false);
  if (disabled === undefined || enabled === undefined || mustChangePassword === undefined) return undefined;
  return { disabled: disabled || !enabled, mustChangePassword };
}

function readTimes(value: ValueOf, nowMs: number) {
  const createdAtMs = readTime(value("createdAt"));
  const updatedAtMs = readTime(value("updatedAt"));
  const emailVerifiedAtMs = readTime(value("emailVerifiedAt"));
  const deletedAtMs = readTime(value("deletedAt"));
  const bannedUntilMs = readTime(value("bannedUntil"));
  if (createdAtMs === undefined || updatedAtMs === undefined || emailVerifiedAtMs === undefined)
    return undefined;
  if (deletedAtMs === undefined || bannedUntilMs === undefined) return undefined;
  const madeAtMs = createdAtMs ?? updatedAtMs ?? nowMs;
  return {
    isDated: createdAtMs !== null,
    createdAtMs: madeAtMs,
    updatedAtMs: updatedAtMs ?? madeAtMs,
    emailVerifiedAtMs,
    // The old system let no user into this account; an import must not reopen it.
    isShutOut: deletedAtMs !== null || (bannedUntilMs !== null && bannedUntilMs > nowMs),
  };
}

function readTexts(value: ValueOf) {
  const fields = ["firstName", "lastName", "phoneNumber", "disabledReason"] as const;
  if (fields.some((field) => isNotText(value(field)))) return undefined;
  const texts = {
    firstName: readText(value("firstName")) ?? null,
    lastName: readText(value("lastName")) ?? null,
    // pandas makes a column of numbers with gaps one of decimal fractions.
    phoneNumber: readText(value("phoneNumber"))?.replace(/^(\d+)\.0$/, "$1") ?? null,
    disabledReason: readText(value("disabledReason")) ?? null,
  };
  const fit = Object.values(texts).every((text) => text === null || personal.safeParse(text).success);
  return fit ? texts : undefined;
}

function readLanguage(text = ""): ImportedUser["language"] {
  if (/^zh/i.test(text)) return "zh-CN";
  return /^en/i.test(text) ? "en" : null;
}
