import type { Language } from "@latchkey/contracts/kit/language";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { isFromFuture } from "../../world/times.js";
import { retryDelayMs } from "./rules.js";
import type { Claim, ClaimedMail, MailStore, Outcome, StoredMail, Writing } from "./store.js";
import type { RenderedMail, Transport } from "./transport.js";

/**
 * What is to be written to an address; `undefined` if nothing is, which stays invisible to the caller. The
 * mail goes to the address as its owner spelled it: addresses with the same key may be different mailboxes,
 * and anyone may ask.
 */
export type Decide = (to: string, language: Language) => Promise<Writing | undefined>;

/** Decides about the requested mails of one template. */
export interface Decider {
  readonly template: string;
  readonly decide: Decide;
}

/** The result of one attempt to send a mail. */
export type MailOutcome = "sent" | "kept" | "postponed" | "failed";

export interface DeliveryDeps {
  readonly store: MailStore;
  /** Absent if there is no mail server: then mails are kept. */
  readonly transport: Transport | undefined;
  /** `undefined` if a mail is not written yet or was wiped, or if its template is unknown. */
  readonly render: (mail: StoredMail) => RenderedMail | undefined;
  /** Counts a mail to an address; resolves to whether it may get one more now. */
  readonly mayBeSent: (to: string) => Promise<boolean>;
  /** By template: decides, in the background, whether a requested mail is written. */
  readonly deciders: ReadonlyMap<string, Decide>;
  readonly clock: Clock;
  readonly log: Log;
  readonly countOutcome: (outcome: MailOutcome) => void;
}

/** A mail that this process has claimed, and its claim. */
export interface Claimed extends Claim {
  readonly mail: ClaimedMail;
}

/**
 * Attempts a mail. Resolves to `away` if the mail server could not be reached: other mails would fail as well.
 */
export function createAttempt(deps: DeliveryDeps): (claimed: Claimed) => Promise<"done" | "away"> {
  const { store, transport, render, mayBeSent, deciders, clock, log, countOutcome } = deps;

  /** The mail in its final form, written now if it was only requested. */
  const written = async (mail: StoredMail, claim: Claim): Promise<StoredMail | undefined> => {
    if (mail.state !== "asked") return mail;
    // An older version may have stored a template that is no longer in use.
    const decide = mail.expiresAtMs > clock.nowMs() ? deciders.get(mail.template) : undefined;
    const writing = await decide?.(mail.to, mail.language);
    if (writing === undefined) {
      await store.drop(claim);
      return undefined;
    }
    // Stored as it was written: a retry after a crash contains the same secret.
    return (await store.write(claim, writing)) ? { ...mail, ...writing } : undefined;
  };

  const send = async (mail: StoredMail): Promise<Outcome> => {
    const rendered = render(mail);
    if (mail.expiresAtMs <= clock.nowMs()) return { state: "failed", error: mail.lastError ?? "EXPIRED" };
    if (rendered === undefined) return { state: "failed", error: "EUNWRITTEN" };
    // Counted once, not at every attempt.
    if (mail.attempts === 1 && !(await mayBeSent(mail.to))) return { state: "failed", error: "EQUOTA" };
    if (transport === undefined) return { state: "kept" };
    const sent = await transport.send({ id: mail.id, to: mail.to, ...rendered });
    if (sent === "sent") return { state: "sent" };
    if ("refused" in sent) return { state: "failed", error: sent.refused };
    const dueAtMs = clock.nowMs() + retryDelayMs(mail.attempts);
    // A mail from the future would be retried for too long.
    const isLast = dueAtMs >= mail.expiresAtMs || isFromFuture(mail.createdAtMs, clock.nowMs());
    if (isLast) return { state: "failed", error: sent.error };
    return { state: "waiting", dueAtMs, error: sent.error };
  };

  return async (claim) => {
    const mail = await written(claim.mail, claim);
    if (mail === undefined) return "done";
    const outcome = await send(mail);
    await store.settle(claim, outcome);
    countOutcome(outcome.state === "waiting" ? "postponed" : outcome.state);
    const { template } = mail;
    if (!("error" in outcome)) {
      log("info", outcome.state === "sent" ? "mail sent" : "mail written", { template });
      return "done";
    }
    const { state, error: code } = outcome;
    log("warn", state === "failed" ? "mail failed" : "mail not sent yet", { template, code });
    return state === "waiting" ? "away" : "done";
  };
}
