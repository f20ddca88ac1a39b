import { isFromFuture } from "../../world/times.js";

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
  /**
   * How and when the user proved who they are, for services that read tokens themselves; absent if a password was all
   * that was given. The methods by their names in RFC 8176, with `mfa` if they are two factors.
   */
  readonly amr?: readonly string[];
  readonly auth_time?: number;
  readonly acr?: "1fa" | "2fa";
}

/** A token whose signature is right, and the first second from which it may be used. */
export interface Accepted {
  readonly claims: Claims;
  readonly notBefore: number;
}

/** Whether a token may be used by now: one from the future was made by a clock that is wrong. */
export function isDue({ notBefore }: Accepted, nowMs: number): boolean {
  return !isFromFuture(notBefore * 1000, nowMs);
}

/**
 * The claims of a token, if it has all of them and names no other issuer. A token that names none is from
 * before the issuer was set, and lasts as long as any other.
 */
export function readClaims(value: unknown, issuer: string | undefined): Accepted | undefined {
  if (value === null || typeof value !== "object") return undefined;
  // Safe: all of them unknown.
  const claims = value as Record<keyof Claims | "nbf" | "iss", unknown>;
  const { sub, username, iat, exp, jti, sid, nbf = 0, iss = issuer } = claims;
  if (typeof sub !== "string" || typeof username !== "string") return undefined;
  if (typeof jti !== "string" || typeof sid !== "string") return undefined;
  if (!isTime(iat) || !isTime(exp) || typeof nbf !== "number") return undefined;
  if (issuer !== undefined && iss !== issuer) return undefined;
  return { claims: { sub, username, iat, exp, jti, sid }, notBefore: Math.max(iat, nbf) };
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
