import type { Language } from "@latchkey/contracts/kit/language";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { isFromFuture } from "../../world/times.js";
import { retryDelayMs } from "./rules.js";
import type { Claim, ClaimedMail, MailStore, Outcome, StoredMail, Writing } from "./store.js";
import type { RenderedMail, Transport } from "./transport.js";

/**
 * How to write what an address is to get; `undefined` if that is nothing, which stays invisible to the caller.
 * Writing makes earlier links invalid, so it is done only if the mail may be sent. The mail goes to the address
 * as its owner spelled it: addresses with the same key may be different mailboxes, and anyone may ask.
 */
export type Decide = (to: string, language: Language) => Promise<(() => Promise<Writing>) | undefined>;

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
  /** Counts a mail of a kind to an address; resolves to whether it may get one more now. */
  readonly mayBeSent: (mail: Pick<ClaimedMail, "to" | "template" | "about">) => Promise<boolean>;
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

const OVER_QUOTA: Outcome = { state: "failed", error: "EQUOTA" };

/**
 * Attempts a mail. Resolves to `away` if the mail server could not be reached: other mails would fail as well.
 */
export function createAttempt(deps: DeliveryDeps): (claimed: Claimed) => Promise<"done" | "away"> {
  const { store, transport, render, mayBeSent, deciders, clock, log, countOutcome } = deps;

  // Counted once, not at every attempt.
  const hasRoom = async (mail: ClaimedMail) => mail.attempts > 1 || (await mayBeSent(mail));

  /** Writes a mail that was only requested, and sends it; `undefined` if there is none. */
  const answer = async (mail: ClaimedMail, claim: Claim): Promise<Outcome | undefined> => {
    // An older version may have stored a template that is no longer in use.
    const decide = mail.expiresAtMs > clock.nowMs() ? deciders.get(mail.template) : undefined;
    const write = await decide?.(mail.to, mail.language);
    if (write === undefined) {
      await store.drop(claim);
      return undefined;
    }
    if (!(await hasRoom(mail))) return OVER_QUOTA;
    const writing = await write();
    // Stored as it was written: a retry after a crash contains the same secret.
    if (!(await store.write(claim, writing))) return undefined;
    return send({ ...mail, ...writing }, async () => true);
  };

  const send = async (mail: StoredMail, isAllowed: () => Promise<boolean>): Promise<Outcome> => {
    const rendered = render(mail);
    if (mail.expiresAtMs <= clock.nowMs()) return { state: "failed", error: mail.lastError ?? "EXPIRED" };
    if (rendered === undefined) return { state: "failed", error: "EUNWRITTEN" };
    if (!(await isAllowed())) return OVER_QUOTA;
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

  return async ({ mail, ...claim }) => {
    const outcome =
      mail.state === "asked" ? await answer(mail, claim) : await send(mail, () => hasRoom(mail));
    if (outcome === undefined) return "done";
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
