import { createHmac, hash, sign } from "node:crypto";
import { compactVerify, decodeProtectedHeader } from "jose";
import type { Keys, SigningKey } from "../signing-keys/service.js";

/** The contents of a token (RFC 7519 4). Times are whole seconds since 1970. */
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
  /**
   * For services that read tokens themselves. This server always asks the account and does not even read the
   * role back.
   */
  readonly role?: "admin";
}

/**
 * Signs tokens and checks their signatures; whether a token's session is still alive is decided elsewhere.
 */
export interface Tokens {
  sign(claims: Claims): Promise<string>;
  /** The claims of a token that we signed, even if it has expired; `undefined` for anything else. */
  verify(token: string): Promise<Claims | undefined>;
}

/** Our tokens are a fifth of this: a longer one is not worth checking. */
const MAX_TOKEN_LENGTH = 4096;
const THREE_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const CACHE_LIMIT = 10_000;

/**
 * Tokens as JWS compact serialisations, signed with the current key. Verified signatures are cached by
 * digest.
 */
export function createTokens(keys: Keys): Tokens {
  const verified = createDigestCache<Claims>(CACHE_LIMIT);
  return {
    async sign(claims) {
      const token = compactSign(claims, await keys.current());
      // The token will soon be presented, and a token that we have just made needs no check.
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
 * Signs synchronously, on the event loop: WebCrypto's way into libuv's pool and back costs more than the
 * signature, and it scatters requests that arrived together, which then cannot share a commit. Tokens from
 * strangers are read by jose.
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
    // The key determines the algorithm, never the token.
    const { payload } = await compactVerify(token, key.verifies, { algorithms: [key.algorithm] });
    return readClaims(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
  } catch (error) {
    if (isJoseError(error) || error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Code that uses the text as a key would take another spelling of the same bytes for another token. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

/** While looking up a key, the database may be unavailable: that does not make the token invalid. */
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

/**
 * Keeps at least the last `limit` entries and at most twice as many: when the new half is full, the old half
 * is dropped.
 */
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
