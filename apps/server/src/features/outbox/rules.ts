import type { MailState, NewMail, Outcome, StoredMail } from "./store.js";

/*
 * Decided in SQL, since of many processes exactly one must get a mail: a claim gets the mail that has been
 * due for longest of those that are open, which is `asked` or `waiting`. It counts as an attempt, and the
 * mail is due again when the lease ends. What is said with a lease that is no longer the mail's changes
 * nothing.
 */

/** A new mail's state: whether a mail without words is written at all is decided later. */
export function stateOf({ values }: Pick<NewMail, "values">): MailState {
  return values === null ? "asked" : "waiting";
}

/**
 * What becomes of a new mail, given the open mails to the same recipient. What is asked for already is not
 * asked for again.
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

/** What of a mail changes when an attempt has ended so. What was sent is wiped. */
export function settled(outcome: Outcome) {
  return {
    state: outcome.state,
    lease: null,
    lastError: "error" in outcome ? outcome.error : null,
    ...(outcome.state === "sent" && { values: null }),
    ...("dueAtMs" in outcome && { dueAtMs: outcome.dueAtMs }),
  };
}

/** Whether a mail may be tried again although it has failed: if it was not wiped and is still of use. */
export function isRetryable(
  { state, values, expiresAtMs }: Pick<StoredMail, "state" | "values" | "expiresAtMs">,
  nowMs: number,
): boolean {
  return state === "failed" && values !== null && expiresAtMs > nowMs;
}

const FIRST_DELAY_MS = 30_000;
const LONGEST_DELAY_MS = 60 * 60_000;

/** How long a mail waits after so many attempts. */
export function retryDelayMs(attempts: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
}
