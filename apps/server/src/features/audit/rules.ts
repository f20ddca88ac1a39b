import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import type { AuditEntry, AuditEvent, AuditPoint, Link } from "./store.js";

/** The point before the very first entry. */
export const BEGINNING: AuditPoint = { number: 0, hash: "0".repeat(64) };

/**
 * The text that an entry's hash is computed from: a JSON array without whitespace that begins with the
 * previous point. Changing, removing or inserting an entry therefore changes every later hash.
 */
export function linkedText(event: AuditEvent, previous: AuditPoint): string {
  return JSON.stringify([previous.hash, previous.number + 1, event.atMs, ...textsOf(event)]);
}

/** What of that text follows the time and its comma: for an engine that decides an entry's place and time. */
export function linkedEnd(event: AuditEvent): string {
  return JSON.stringify(textsOf(event)).slice(1);
}

function textsOf({ action, outcome, actor, subject, address, userAgent, requestId, details }: AuditEvent) {
  return [action, outcome, actor, subject, address, userAgent, requestId, details];
}

/**
 * The event as every engine stores it, because its hash is computed before: halves of surrogate pairs and
 * NUL, which not every engine can store, become U+FFFD.
 */
export function storable(event: AuditEvent): AuditEvent {
  const { actor, subject, address, userAgent, requestId, details } = event;
  return {
    ...event,
    actor: storableText(actor),
    subject: subject && storableText(subject),
    address: address && storableText(address),
    userAgent: userAgent && storableText(userAgent),
    requestId: requestId && storableText(requestId),
    details: details && storableText(details),
  };
}

const storableText = (text: string) => text.replaceAll("\0", "\uFFFD").replace(/\p{Surrogate}/gu, "\uFFFD");

/** Events with their places in the chain, starting after a point. */
export function chained(events: readonly AuditEvent[], after: AuditPoint, link: Link): AuditEntry[] {
  let last = after;
  return events.map(storable).map((event) => {
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

/** The action of an entry that says how many days entries are kept, and up to which one they were deleted. */
export const RETENTION = "audit.retention";

const DAY_MS = 24 * 60 * 60 * 1000;

export type DatedPoint = AuditPoint & Pick<AuditEvent, "atMs">;

/**
 * Looks for the last entry that may be deleted because of its age, in entries in order from the oldest on.
 */
export interface AgeSearch {
  /** Takes the next entry; `false` once those that follow do not matter. */
  next(entry: DatedPoint): boolean;
  last(): AuditPoint | undefined;
}

/**
 * The last entry that may be deleted because of its age; `limit` is how many may be. Age is counted up to the
 * newest entry's time, so that the log itself shows that it was right.
 * - All deleted entries are too old. A clock that was set back must not leave a hole in the chain.
 * - The next entry is too old as well, and stays: its hash proves its time, and with it the age of those
 *   before.
 * - Entries from the future were written while the clock was ahead. They are as old as those that follow, and
 *   do not keep them from being deleted.
 */
export function searchTooOld({
  newestAtMs,
  days,
  limit,
}: {
  readonly newestAtMs: number;
  readonly days: number;
  readonly limit: number;
}): AgeSearch {
  let passed = 0;
  let before: AuditPoint | undefined;
  let last: AuditPoint | undefined;
  return {
    next({ number, hash, atMs }) {
      if (days === 0) return false;
      if (atMs <= newestAtMs) {
        if (atMs >= newestAtMs - days * DAY_MS) return false;
        last = before;
      }
      if (passed >= limit && last !== undefined) return false;
      if (passed < limit) before = { number, hash };
      passed++;
      return true;
    },
    last: () => last,
  };
}

/** What a check of the chain learns about the entries that are no longer there. */
export interface Beginning {
  /** The first kept entry that is not from the future. */
  readonly firstAtMs: number | undefined;
  /** The last entry that had been deleted when an entry told how long entries are kept. */
  readonly toldUpTo: number;
}

export const UNKNOWN_BEGINNING: Beginning = { firstAtMs: undefined, toldUpTo: 0 };

/** What one more kept entry tells about those before the first. */
export function learned({ firstAtMs, toldUpTo }: Beginning, entry: AuditEvent, nowMs: number): Beginning {
  const { atMs, action, details } = entry;
  return {
    firstAtMs: firstAtMs ?? (atMs > nowMs ? undefined : atMs),
    toldUpTo: action === RETENTION ? Math.max(toldUpTo, countOf(details)) : toldUpTo,
  };
}

/** Whether age explains that the entries up to this one are no longer there. */
export function isExplained(
  deletedUpTo: number,
  { firstAtMs, toldUpTo }: Beginning,
  { nowMs, days }: { readonly nowMs: number; readonly days: number },
): boolean {
  if (deletedUpTo <= toldUpTo) return true;
  return days > 0 && firstAtMs !== undefined && firstAtMs < nowMs - days * DAY_MS + CLOCK_TOLERANCE_MS;
}

/**
 * Whether old entries wait for a newer one to be deleted: nothing was recorded for a day, and the second
 * oldest entry is too old by the clock.
 */
export function isOverdue(
  { newestAtMs, secondAtMs }: { readonly newestAtMs: number; readonly secondAtMs: number },
  { nowMs, days }: { readonly nowMs: number; readonly days: number },
): boolean {
  return days > 0 && newestAtMs < nowMs - DAY_MS && secondAtMs < nowMs - days * DAY_MS;
}

function countOf(details: string | null): number {
  if (details === null) return 0;
  const { count } = JSON.parse(details) as { readonly count?: unknown }; // Safe: only `encodeDetails` writes it.
  return typeof count === "number" ? count : 0;
}
