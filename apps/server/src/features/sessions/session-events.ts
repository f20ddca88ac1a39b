import type { Account } from "../accounts/service.js";
import { eventKind, type Facts } from "../events/service.js";
import type { EndedSession } from "./store.js";

/**
 * A user was let in. `isNewPlace`: from a device and a network that are new to an owner who has signed in
 * before.
 */
export const sessionStarted = eventKind<Facts & { readonly account: Account; readonly isNewPlace: boolean }>(
  "session.started",
);

/**
 * Why sessions end:
 * - `signed out`: at their own request;
 * - `ended`: from another session, or by an administrator or the operator;
 * - `evicted`: a new session took their place, because there were too many or they were contested;
 * - `account changed`: a new password, another role, or the account was disabled;
 * - `account deleted`;
 * - `stolen`: a token was used twice;
 * - `expired`: their time was over; reported when they are deleted.
 */
export type SessionEndReason =
  | "signed out"
  | "ended"
  | "evicted"
  | "account changed"
  | "account deleted"
  | "stolen"
  | "expired";

/** Sessions of one account ended: THE event of every way in which sessions end. */
export const sessionsEnded = eventKind<
  Facts & {
    readonly reason: SessionEndReason;
    /** None if all had ended before. */
    readonly sessions: readonly EndedSession[];
    /** Absent if they expired. */
    readonly account?: Account | undefined;
  }
>("sessions.ended");
