import { createHmac, hash, sign } from "node:crypto";
import { compactVerify, decodeProtectedHeader } from "jose";
import type { Keys, SigningKey } from "../signing-keys/service.js";

/** What a token says (RFC 7519 4). Times are whole seconds since 1970. */
export interface Claims {
  /** The account's uuid. */
  readonly sub: string;
  readonly username: string;
  readonly iat: number;
  readonly exp: number;
  /** Unique per token. */
  readonly jti: string;
  /** The session. */
  readonly sid: string;
  /** For services that read tokens themselves. Here the account is asked, never a token: it is not even read back. */
  readonly role?: "admin";
}

/** Signs tokens and checks their signatures; whether one is still alive is for others to say. */
export interface Tokens {
  sign(claims: Claims): Promise<string>;
  /** The claims of a token that we signed, also of an expired one; `undefined` for anything else. */
  verify(token: string): Promise<Claims | undefined>;
}

/** Ours are a fifth of this: more is not worth a look. */
const MAX_TOKEN_LENGTH = 4096;
const THREE_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const CACHE_LIMIT = 10_000;

/** Tokens as JWS compact serialisations, signed with the current key. Checked signatures are remembered by digest. */
export function createTokens(keys: Keys): Tokens {
  const verified = createDigestCache<Claims>(CACHE_LIMIT);
  return {
    async sign(claims) {
      const token = compactSign(claims, await keys.current());
      // It comes back before long, and that it is ours needs no check then.
      verified.set(digestOf(token), claims);
      return token;
    },

    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const digest = digestOf(token);
      const known = verified.get(digest);
      if (known !== undefined) return known;
      const claims = await check(keys, token);
      if (claims !== undefined) verified.set(digest, claims);
      return claims;
    },
  };
}

/**
 * Signs at once, on the event loop: WebCrypto's way into libuv's pool and back costs more than the signature, and
 * scatters requests that came together, which then share no commit. What strangers send is read by jose.
 */
function compactSign(claims: Claims, { algorithm: alg, kid, signs }: SigningKey): string {
  const text = `${encode({ alg, typ: "JWT", ...(kid && { kid }) })}.${encode(claims)}`;
  const signature =
    alg === "HS256"
      ? createHmac("sha256", signs).update(text).digest("base64url")
      : // Two numbers side by side (RFC 7518 3.4), not OpenSSL's DER.
        sign("sha256", Buffer.from(text), { key: signs, dsaEncoding: "ieee-p1363" }).toString("base64url");
  return `${text}.${signature}`;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

const digestOf = (token: string) => hash("sha256", token, "base64");

async function check(keys: Keys, token: string): Promise<Claims | undefined> {
  if (!THREE_PARTS.test(token) || !token.split(".").every(isCanonical)) return undefined;
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = await keys.find(kid);
    if (key === undefined) return undefined;
    // The key decides the algorithm, never the token.
    const { payload } = await compactVerify(token, key.verifies, { algorithms: [key.algorithm] });
    return readClaims(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
  } catch (error) {
    if (isJoseError(error) || error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Another spelling of the same bytes would be another token to whoever keys by its text. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

/** A key's lookup may find the database away: that is no fault of the token. */
function isJoseError(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code.startsWith("ERR_J")
  );
}

function readClaims(value: unknown): Claims | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const { sub, username, iat, exp, jti, sid } = value as Record<keyof Claims, unknown>; // Safe: all of them unknown.
  if (typeof sub !== "string" || typeof username !== "string") return undefined;
  if (typeof jti !== "string" || typeof sid !== "string") return undefined;
  if (!isTime(iat) || !isTime(exp)) return undefined;
  return { sub, username, iat, exp, jti, sid };
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Keeps at least the `limit` last entries and at most twice as many: when the young half is full, the old one goes. */
function createDigestCache<T>(limit: number) {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  const set = (digest: string, value: T) => {
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(digest, value);
  };
  const get = (digest: string): T | undefined => {
    const value = young.get(digest);
    if (value !== undefined) return value;
    const aged = old.get(digest);
    if (aged !== undefined) set(digest, aged);
    return aged;
  };
  return { get, set };
}
