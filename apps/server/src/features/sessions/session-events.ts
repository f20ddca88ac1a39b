import type { Account } from "../accounts/service.js";
import { eventKind, type Facts } from "../events/service.js";
import type { Session } from "./store.js";

/**
 * A user was let in. `isNewPlace`: from a device and a network that are new to an owner who has signed in
 * before.
 */
export const sessionStarted = eventKind<Facts & { readonly account: Account; readonly isNewPlace: boolean }>(
  "session.started",
);
/** A session was ended at its own request. */
export const signedOut = eventKind("session.signed-out");
/** A session was ended from another one, or by an administrator or the operator. */
export const sessionEnded = eventKind("session.ended");
/** Several sessions were ended at once. */
export const sessionsEnded = eventKind("sessions.ended");
/** A session was ended because its token was used twice. */
export const sessionStolen = eventKind<Facts & { readonly account: Account; readonly session: Session }>(
  "session.stolen",
);
