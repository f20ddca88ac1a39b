import type { AuditEntry, AuditEvent, AuditPoint, Link } from "./store.js";

/** The point before the very first entry. */
export const BEGINNING: AuditPoint = { number: 0, hash: "0".repeat(64) };

/**
 * The text that an entry's hash is computed from: a JSON array without whitespace that begins with the
 * previous point. Changing, removing or inserting an entry therefore changes every later hash.
 */
export function linkedText(event: AuditEvent, previous: AuditPoint): string {
  const { atMs, action, outcome, actor, subject, address, userAgent, requestId, details } = event;
  const place = [previous.hash, previous.number + 1];
  const fields = [atMs, action, outcome, actor, subject, address, userAgent, requestId, details];
  return JSON.stringify([...place, ...fields]);
}

/** Events with their places in the chain, starting after a point. */
export function chained(events: readonly AuditEvent[], after: AuditPoint, link: Link): AuditEntry[] {
  let last = after;
  return events.map((event) => {
    last = { number: last.number + 1, hash: link(event, last) };
    return { ...event, ...last };
  });
}

/** What is wrong with an entry that follows this point; `undefined` if it is linked correctly. */
export function faultOf(
  entry: AuditEntry,
  previous: AuditPoint,
  link: Link,
): "missing" | "changed" | undefined {
  if (entry.number !== previous.number + 1) return "missing";
  return entry.hash === link(entry, previous) ? undefined : "changed";
}

type DatedPoint = AuditPoint & Pick<AuditEvent, "atMs">;

/**
 * The last entry that may be deleted because of its age, of the oldest ones in order: all entries up to it
 * are older. A clock that was set back must not leave a hole in the chain.
 */
export function lastTooOld(oldest: readonly DatedPoint[], thanMs: number): AuditPoint | undefined {
  const kept = oldest.findIndex(({ atMs }) => atMs >= thanMs);
  const last = oldest.slice(0, kept === -1 ? undefined : kept).at(-1);
  return last && { number: last.number, hash: last.hash };
}
