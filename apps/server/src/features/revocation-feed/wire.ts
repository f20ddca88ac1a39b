import { textOf, untilOf } from "./rules.js";
import type { Page } from "./store.js";

/** What readers are told of a page. */
export interface Told {
  /** Sessions that ended. No token of theirs is valid any more. */
  readonly sids: readonly string[];
  /** Until when a token of them may not have expired, in milliseconds since 1970: then they can be forgotten. */
  readonly until: number;
}

export function toldOf({ ended }: Page, nowMs: number, longestMs: number): Told {
  return {
    sids: [...new Set(ended.map(({ sessionId }) => sessionId))],
    until: untilOf(ended, nowMs, longestMs),
  };
}

/** A page as an event of a stream (`text/event-stream`); its id is the cursor to continue from. */
export function eventOf(page: Page, told: Told, isSnapshot: boolean): string {
  const type = isSnapshot ? "event: snapshot\n" : "";
  return `${type}id: ${textOf(page.cursor)}\ndata: ${JSON.stringify(told)}\n\n`;
}

/** Says that everything committed so far has been sent. */
export const BEAT = "event: beat\ndata: {}\n\n";
