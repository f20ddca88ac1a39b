import type { Metrics } from "../../world/metrics.js";

/**
 * What happens to sessions and cannot be told from the outcome of a call:
 * - `repeated`: an exchange was repeated with its idempotency key and got the same successor;
 * - `reused`: an exchanged token came again and was refused;
 * - `stolen`: a session was ended because of that;
 * - `revoked`: a session was ended by a change of its user's password, or from another session.
 */
const EVENTS = ["repeated", "reused", "stolen", "revoked"] as const;

export type SessionEvent = (typeof EVENTS)[number];

/** Counts what happened to one session, or to several. */
export type CountEvent = (event: SessionEvent, sessions?: number) => void;

/** Counts nothing where nobody watches. */
export function createCountEvent(metrics: Metrics | undefined): CountEvent {
  if (metrics === undefined) return () => {};
  const counter = metrics.counter({
    name: "latchkey_session_events_total",
    help: "What happened to sessions: an exchange repeated, an exchanged token reused, a session stolen, or revoked.",
    labels: ["event"],
  });
  const counts = new Map(EVENTS.map((event) => [event, counter(event)]));
  return (event, sessions = 1) => counts.get(event)?.(sessions);
}
