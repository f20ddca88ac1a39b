import type { Metrics } from "../../world/metrics.js";

/**
 * Events of sessions that the outcome of a call does not show:
 * - `repeated`: an exchange was repeated with its idempotency key and got the same successor;
 * - `reused`: an exchanged token was presented again and refused;
 * - `stolen`: a session was ended because of that;
 * - `revoked`: a session was ended by a change of its user's password, or from another session.
 */
const EVENTS = ["repeated", "reused", "stolen", "revoked"] as const;

export type SessionEvent = (typeof EVENTS)[number];

/** Counts an event of one session, or of several. */
export type CountEvent = (event: SessionEvent, sessions?: number) => void;

/** Counts nothing if metrics are off. */
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
