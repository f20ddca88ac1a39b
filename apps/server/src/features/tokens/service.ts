import { createHmac, sign, timingSafeEqual, verify as verifySignature } from "node:crypto";
import { compactVerify, decodeProtectedHeader } from "jose";
import { type Awaitable, afterwards } from "../../world/awaitable.js";
import type { Clock } from "../../world/clock.js";
import type { Keys, SigningKey } from "../signing-keys/service.js";
import { type Accepted, type Claims, isDue, readClaims } from "./claims.js";

export type { Claims } from "./claims.js";

/**
 * Signs tokens and checks their signatures; whether a token's session is still alive is decided elsewhere.
 */
export interface Tokens {
  sign(claims: Claims): Awaitable<string>;
  /**
   * The claims of a token that we signed, even if it has expired; `undefined` for anything else, and for a
   * token of another issuer or from the future.
   */
  verify(token: string): Awaitable<Claims | undefined>;
  /**
   * What must be kept of a token that we have just signed, beside its claims, to write the same token again:
   * nothing, unless signing twice gives two signatures.
   */
  keptOf(token: string): string | undefined;
  /**
   * The token of these claims once more, with what was kept of it. If the key or a claim has changed since
   * then, it is signed as of today.
   */
  rebuild(claims: Claims, kept: string | undefined): Promise<string>;
}

/** Our tokens are a fifth of this: a longer one is not worth checking. */
const MAX_TOKEN_LENGTH = 4096;
const THREE_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const CACHE_LIMIT = 10_000;

interface Deps {
  readonly keys: Keys;
  readonly clock: Clock;
  /** The public address, which tokens name; `undefined` if it is not set: then they name no issuer. */
  readonly issuer: string | undefined;
}

/** Tokens as JWS compact serialisations, signed with the current key. Tokens with a right signature are cached. */
export function createTokens({ keys, clock, issuer }: Deps): Tokens {
  const verified = createTokenCache<Accepted>(CACHE_LIMIT);
  const named = issuer === undefined ? {} : { iss: issuer };
  // Asked each time: the clock may have been set back since the signature was checked.
  const dueClaims = (accepted: Accepted | undefined) =>
    accepted !== undefined && isDue(accepted, clock.nowMs()) ? accepted.claims : undefined;
  const verifyUnknown = async (token: string) => {
    const accepted = await check(keys, token, issuer);
    if (accepted !== undefined) verified.set(token, accepted);
    return dueClaims(accepted);
  };
  const verify: Tokens["verify"] = (token) => {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const known = verified.get(token);
    return known === undefined ? verifyUnknown(token) : dueClaims(known);
  };
  const sign: Tokens["sign"] = (claims) =>
    afterwards(keys.current(), (key) => {
      const token = compactSign({ ...claims, ...named }, key);
      // The token will soon be presented, and a token that we have just made needs no check.
      verified.set(token, { claims, notBefore: claims.iat });
      return token;
    });
  return {
    verify,
    sign,

    keptOf: (token) =>
      token.startsWith(HS256_BEGINNING) ? undefined : token.slice(token.lastIndexOf(".") + 1),

    async rebuild(claims, kept) {
      if (kept === undefined) return sign(claims);
      const token = `${signedTextOf({ ...claims, ...named }, await keys.current())}.${kept}`;
      return (await verify(token)) === undefined ? sign(claims) : token;
    },
  };
}

/**
 * Signs synchronously, on the event loop: WebCrypto's way into libuv's pool and back costs more than the
 * signature, and it scatters requests that arrived together, which then cannot share a commit.
 */
function compactSign(claims: object, key: SigningKey): string {
  const text = signedTextOf(claims, key);
  const signature =
    key.algorithm === "HS256"
      ? createHmac("sha256", key.signs).update(text).digest("base64url")
      : sign("sha256", Buffer.from(text), { key: key.signs, dsaEncoding: TWO_NUMBERS }).toString("base64url");
  return `${text}.${signature}`;
}

/** How every token begins whose claims alone determine its signature. */
const HS256_BEGINNING = `${encode({ alg: "HS256", typ: "JWT" })}.`;

/** A token without its signature. */
const signedTextOf = (claims: object, key: SigningKey) => `${headerOf(key)}.${encode(claims)}`;

/** How a JWS holds an ES256 signature (RFC 7518 3.4), unlike OpenSSL's DER. */
const TWO_NUMBERS = "ieee-p1363";

/** The first part of a token that we sign with this key. */
function headerOf(key: SigningKey): string {
  const known = headers.get(key);
  if (known !== undefined) return known;
  const { algorithm: alg, kid } = key;
  const header = encode({ alg, typ: "JWT", ...(kid && { kid }) });
  headers.set(key, header);
  return header;
}
const headers = new WeakMap<SigningKey, string>();

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

async function check(keys: Keys, token: string, issuer: string | undefined): Promise<Accepted | undefined> {
  if (!THREE_PARTS.test(token) || !token.split(".").every(isCanonical)) return undefined;
  try {
    const { kid, typ = "JWT" } = decodeProtectedHeader(token);
    // A token of another kind is for another purpose, even if it was signed with our key.
    if (typ !== "JWT") return undefined;
    const key = await keys.find(kid);
    if (key === undefined) return undefined;
    const payload = token.startsWith(`${headerOf(key)}.`)
      ? openOwn(token, key)
      : // The key determines the algorithm, never the token.
        (await compactVerify(token, key.verifies, { algorithms: [key.algorithm] })).payload;
    if (payload === undefined) return undefined;
    return readClaims(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)), issuer);
  } catch (error) {
    if (isJoseError(error) || error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * The payload of a token whose header is, byte for byte, the one that we write with this key: there is
 * nothing to interpret, only a signature to check, as quickly as it was made. Such tokens come from our other
 * processes and from before a restart. A token with any other header is left to jose.
 */
function openOwn(token: string, { algorithm, verifies }: SigningKey): Buffer | undefined {
  const text = token.slice(0, token.lastIndexOf("."));
  const signature = Buffer.from(token.slice(text.length + 1), "base64url");
  const isGenuine =
    algorithm === "HS256"
      ? isSame(createHmac("sha256", verifies).update(text).digest(), signature)
      : verifySignature("sha256", Buffer.from(text), { key: verifies, dsaEncoding: TWO_NUMBERS }, signature);
  return isGenuine ? Buffer.from(text.slice(text.indexOf(".") + 1), "base64url") : undefined;
}

// Takes equal time wherever they differ: an attacker must not learn a signature byte by byte.
const isSame = (one: Buffer, other: Buffer) => one.length === other.length && timingSafeEqual(one, other);

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

/**
 * Keeps at least the last `limit` entries and at most twice as many: when the new half is full, the old half
 * is dropped. By the whole token, of which V8 makes a hash with a secret of this process: a digest of it would take
 * longer than everything else about a token that is known.
 */
function createTokenCache<T>(limit: number) {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  const set = (token: string, value: T) => {
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(token, value);
  };
  const get = (token: string): T | undefined => {
    const value = young.get(token);
    if (value !== undefined) return value;
    const aged = old.get(token);
    if (aged !== undefined) set(token, aged);
    return aged;
  };
  return { get, set };
}
