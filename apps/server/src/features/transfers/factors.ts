import { randomUUID } from "node:crypto";
import { fromStored, otpauthUri, parseOtpauthUri, toStored } from "../factors/totp/service.js";
import type { TransferredFactor } from "./store.js";
import { readBoolean, readText, readTime } from "./values.js";

/** The name of a factor that has none in the file. */
const UNNAMED = { totp: "Authenticator", passkey: "Passkey" } as const;
const MOST_FACTORS = 25;
const LONGEST_NAME = 300;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

type Values = Readonly<Record<string, unknown>>;

/**
 * The second factors in a row: our own export's, an `otpauth:` URI, or the rows of Supabase's `mfa_factors`.
 * `undefined` if one of them cannot be read: an account must not lose its second factor by moving.
 */
export function readFactors(value: unknown, nowMs: number): readonly TransferredFactor[] | undefined {
  const given = parsed(value);
  if (given === undefined || given === null || given === "") return [];
  const all = Array.isArray(given) ? given : [given];
  if (all.length > MOST_FACTORS) return undefined;
  const factors = all.filter((each) => !isUnused(each)).map((each) => readFactor(each, nowMs));
  const read = factors.filter((factor) => factor !== undefined);
  const ids = new Set(read.map(({ kind, id }) => `${kind} ${id}`));
  return read.length === factors.length && ids.size === read.length ? read : undefined;
}

/** A factor as our own export writes it, whose secret is not sealed. */
export function describeTransferred(factor: TransferredFactor, account: string) {
  const { kind, name, createdAtMs } = factor;
  const createdAt = { created_at: new Date(createdAtMs).toISOString() };
  if (factor.kind === "totp") {
    const secret = fromStored(factor.secret);
    return { kind, name, uri: secret && otpauthUri(secret, { issuer: "Latchkey", account }), ...createdAt };
  }
  const { id, spki, algorithm, rpId, counter, isUserVerified, backupEligible, backedUp } = factor;
  return {
    ...{ kind, name, id, spki, algorithm, rp_id: rpId, counter, user_verified: isUserVerified },
    ...{ backup_eligible: backupEligible, backed_up: backedUp, transports: factor.transports },
    ...{ aaguid: factor.aaguid, ...createdAt },
  };
}

/** JSON in text, as CSV and SQLite hold it; other text is left as it is. */
function parsed(value: unknown): unknown {
  if (typeof value === "object" && !(value instanceof Uint8Array)) return value;
  const text = readText(value)?.trim() ?? value;
  if (typeof text !== "string" || !/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    // Refused, because it is no URI either.
    return text;
  }
}

/** What Supabase keeps of a factor that was begun but never used, or whose kind is not carried over. */
function isUnused(given: unknown): boolean {
  return (
    isValues(given) && (given.status === "unverified" || /^(phone|webauthn)$/.test(String(given.factor_type)))
  );
}

function readFactor(given: unknown, nowMs: number): TransferredFactor | undefined {
  if (typeof given === "string") return totpOf({ uri: given }, nowMs);
  if (!isValues(given)) return undefined;
  if (given.kind === "totp" || given.factor_type === "totp") return totpOf(given, nowMs);
  return given.kind === "passkey" ? passkeyOf(given, nowMs) : undefined;
}

function totpOf(given: Values, nowMs: number): TransferredFactor | undefined {
  const [uri, base32] = [readText(given.uri), readText(given.secret)];
  const secret = uri === undefined ? base32 && fromStored(base32) : parseOtpauthUri(uri.trim());
  if (!secret) return undefined;
  const described = describedBy(given, UNNAMED.totp, nowMs);
  return described && { kind: "totp", id: randomUUID(), secret: toStored(secret), ...described };
}

function passkeyOf(given: Values, nowMs: number): TransferredFactor | undefined {
  const [id, spki, rpId] = [readText(given.id), readText(given.spki), readText(given.rp_id)];
  const flags = [given.user_verified, given.backup_eligible, given.backed_up].map((each) =>
    readBoolean(each, false),
  );
  const [isUserVerified, backupEligible, backedUp] = flags;
  const [algorithm, counter] = [Number(given.algorithm), Number(given.counter)];
  if (id === undefined || spki === undefined || !BASE64URL.test(id) || !BASE64URL.test(spki))
    return undefined;
  if (rpId === undefined || rpId === "" || !Number.isInteger(algorithm)) return undefined;
  if (!Number.isInteger(counter) || counter < 0 || counter > 0xffffffff) return undefined;
  if (isUserVerified === undefined || backupEligible === undefined || backedUp === undefined)
    return undefined;
  const described = describedBy(given, UNNAMED.passkey, nowMs);
  if (described === undefined) return undefined;
  return {
    ...{ kind: "passkey", id, spki, algorithm, rpId, counter, isUserVerified, backupEligible, backedUp },
    transports: readText(given.transports) ?? "",
    aaguid: readText(given.aaguid) ?? "00000000-0000-0000-0000-000000000000",
    ...described,
  };
}

function describedBy(given: Values, unnamed: string, nowMs: number) {
  const createdAtMs = readTime(given.created_at ?? "");
  if (createdAtMs === undefined) return undefined;
  const name = (readText(given.name ?? given.friendly_name) ?? "").trim().slice(0, LONGEST_NAME);
  return { name: name === "" ? unnamed : name, createdAtMs: createdAtMs ?? nowMs };
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
