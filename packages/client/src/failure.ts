import { isLatchkeyError } from "./errors.js";
import type { SignOutReason } from "./state.js";

const MAX_BACK_OFF_MS = 60_000;

/**
 * Whether the server has refused a session, as opposed to being unreachable, busy or broken. Nothing but a
 * refusal may end a session.
 */
export function isRefusal(error: unknown): boolean {
  if (!isLatchkeyError(error)) return false;
  const { httpStatus, appCode } = error.data;
  // This is about the page, not about the session.
  return (httpStatus === 401 || httpStatus === 403) && appCode !== "COOKIE_REFUSED";
}

/** Whether a request brought no token: the session's cookie has been deleted. */
export function isTokenMissing(error: unknown): boolean {
  return isLatchkeyError(error) && error.data.appCode === "TOKEN_MISSING";
}

/** Why a session whose exchange was refused is over; `remainingMs` is how long its token was still valid. */
export function reasonOf(refusal: unknown, remainingMs: number): SignOutReason {
  if (isLatchkeyError(refusal) && refusal.data.appCode === "SESSION_STOLEN") return "stolen";
  if (remainingMs <= 0) return "expired";
  // A server that renders pages signs out by deleting the cookie.
  return isTokenMissing(refusal) ? "signed-out" : "revoked";
}

/**
 * How long to wait after this many failures: twice as long each time, with jitter so that clients do not
 * retry together.
 */
export function backOffMs(times: number, retryAfterMs = 0): number {
  const ownMs = Math.min(1000 * 2 ** (times - 1), MAX_BACK_OFF_MS);
  return Math.max(ownMs * (0.5 + Math.random() / 2), retryAfterMs);
}

/** When to try again, according to the server. */
export function retryAfterMsOf(error: unknown): number {
  return isLatchkeyError(error) ? (error.data.retryAfterSeconds ?? 0) * 1000 : 0;
}

/** Waits for a promise and ignores its failure, which is reported elsewhere or retried. */
export function quietly(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}
