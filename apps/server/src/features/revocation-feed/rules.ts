import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import type { Cursor, Ended, Page } from "./store.js";

/** How many ends a page has at most. */
export const PAGE = 1000;

/** A cursor as clients get it: opaque to them. */
export const textOf = ({ n, tag }: Cursor): string => `${n}.${tag}`;

const CURSOR = /^(\d{1,15})\.(\d{1,10})$/;

/** A client's cursor; `undefined` if it is none of ours, which is treated like one that is too old. */
export function cursorOf(text: string | null | undefined): Cursor | undefined {
  const [, n, tag] = CURSOR.exec(text ?? "") ?? [];
  return n === undefined ? undefined : { n: Number(n), tag: Number(tag) };
}

/** From when on a session must have ended for its tokens to be of use to anyone now. */
export function relevantSince(nowMs: number, longestMs: number): number {
  return nowMs - longestMs - CLOCK_TOLERANCE_MS;
}

/** Until when tokens of sessions that ended by then may not have expired. */
export function untilOf(ended: readonly Ended[], nowMs: number, longestMs: number): number {
  // The clock may have been ahead at the end of one of them: it was not later than now.
  const latestMs = ended.reduce((latest, { atMs }) => Math.max(latest, Math.min(atMs, nowMs)), 0);
  return (ended.length === 0 ? nowMs : latestMs) + longestMs + CLOCK_TOLERANCE_MS;
}

/** The rows that were read from a place on as a page: the row of the place itself must be the first of them. */
export function pageAfter(cursor: Cursor, rows: readonly Ended[]): Page | undefined {
  const [known, ...ended] = rows;
  if (known?.n !== cursor.n || known.tag !== cursor.tag) return undefined;
  return pageOf(ended, { before: known });
}

/**
 * The rows as a page: of those that were read only for their place, and the one that the log begins with, nothing
 * is told.
 */
export function pageOf(
  rows: readonly Ended[],
  { before, sinceMs = 0 }: { readonly before?: Cursor; readonly sinceMs?: number },
): Page {
  const last = rows.at(-1) ?? before;
  if (last === undefined) throw new Error("The log of changes is empty");
  return {
    ended: rows.filter(({ sessionId, atMs }) => sessionId !== "" && atMs > sinceMs),
    cursor: { n: last.n, tag: last.tag },
    hasMore: rows.length >= PAGE,
  };
}
