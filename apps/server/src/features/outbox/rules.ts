import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import type { MailState, NewMail, Outcome, StoredMail } from "./store.js";

/*
 * Decided in SQL, because of many processes exactly one must get a mail: a claim gets the next of the open
 * ones that are due, which are `asked` or `waiting`. It counts as an attempt, and the mail is due again when
 * the lease ends. A report under a lease that the mail no longer has changes nothing.
 */

/** A new mail's state: for a mail without content it is decided later whether it is written at all. */
export function stateOf({ values }: Pick<NewMail, "values">): MailState {
  return values === null ? "asked" : "waiting";
}

/**
 * What happens to a new mail, given the open mails to the same recipient. A mail that was already requested
 * is not requested twice.
 */
export function judgeMail(
  mail: Pick<NewMail, "template" | "values">,
  open: ReadonlyArray<Pick<StoredMail, "template" | "state">>,
  mostOpen: number,
): "added" | "present" | "refused" {
  const isAsked = open.some(({ template, state }) => state === "asked" && template === mail.template);
  if (mail.values === null && isAsked) return "present";
  return open.length >= mostOpen ? "refused" : "added";
}

/** What changes in a mail after an attempt with this outcome. A sent mail is wiped. */
export function settled(outcome: Outcome) {
  return {
    state: outcome.state,
    lease: null,
    lastError: "error" in outcome ? outcome.error : null,
    ...(outcome.state === "sent" && { values: null }),
    ...("dueAtMs" in outcome && { dueAtMs: outcome.dueAtMs }),
  };
}

/** Whether a failed mail can be tried again: only if it was not wiped and is still useful. */
export function isRetryable(
  { state, values, expiresAtMs }: Pick<StoredMail, "state" | "values" | "expiresAtMs">,
  nowMs: number,
): boolean {
  return state === "failed" && values !== null && expiresAtMs > nowMs;
}

/** A list of mails is read only up to here, however many wait for a busy domain. */
export const MOST_PASSED_OVER = 200;

/** The domain of the recipient with this key. */
export function domainOf(recipientKey: string): string {
  return recipientKey.slice(recipientKey.lastIndexOf("@") + 1);
}

const FIRST_DELAY_MS = 30_000;
const LONGEST_DELAY_MS = 60 * 60_000;

/**
 * When a mail is due. One that would be due later than any retry was put off while the clock was ahead, and is
 * due now.
 */
export function dueAt(nowMs: number) {
  return { nowMs, latestMs: nowMs + LONGEST_DELAY_MS + CLOCK_TOLERANCE_MS };
}

/** How long a mail waits after so many attempts. */
export function retryDelayMs(attempts: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
}
