import { isLatchkeyError } from "./errors.js";
import type { SignOutReason } from "./state.js";

const MAX_BACK_OFF_MS = 60_000;

/**
 * Whether the server has refused a session, as opposed to not having been reached, being busy or being broken: nothing
 * else may end one.
 */
export function isRefusal(error: unknown): boolean {
  if (!isLatchkeyError(error)) return false;
  const { httpStatus, appCode } = error.data;
  // It is about the page, not about the session.
  return (httpStatus === 401 || httpStatus === 403) && appCode !== "COOKIE_REFUSED";
}

/** Why a session is over whose exchange was refused; `remainingMs` is what its access had left. */
export function reasonOf(refusal: unknown, remainingMs: number): SignOutReason {
  if (isLatchkeyError(refusal) && refusal.data.appCode === "SESSION_STOLEN") return "stolen";
  return remainingMs > 0 ? "revoked" : "expired";
}

/** How long to wait after so many failures: twice as long each time, and not all clients at once. */
export function backOffMs(times: number, retryAfterMs = 0): number {
  const ownMs = Math.min(1000 * 2 ** (times - 1), MAX_BACK_OFF_MS);
  return Math.max(ownMs * (0.5 + Math.random() / 2), retryAfterMs);
}

/** What the server said about when to try again. */
export function retryAfterMsOf(error: unknown): number {
  return isLatchkeyError(error) ? (error.data.retryAfterSeconds ?? 0) * 1000 : 0;
}

/** Waits for what may fail where somebody else is told of it, or where it is tried again. */
export function quietly(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}
