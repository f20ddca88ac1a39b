import { randomUUID } from "node:crypto";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { retryDelayMs } from "./rules.js";
import type { Claim, MailStore, Outcome, StoredMail, Writing } from "./store.js";
import { type RenderedMail, SEND_DEADLINE_MS, type Transport } from "./transport.js";

/**
 * What is to be written to an address; `undefined`: nothing, and nobody learns of it. It goes to the address as its owner
 * wrote it: addresses that are compared alike may be different mailboxes, and anybody asks.
 */
export type Decide = (to: string, language: Language) => Promise<Writing | undefined>;

/** Decides on the mails of one template that are asked for. */
export interface Decider {
  readonly template: string;
  readonly decide: Decide;
}

/** What became of a mail in one attempt. */
export type MailOutcome = "sent" | "kept" | "postponed" | "failed";

export interface DeliveryDeps {
  readonly store: MailStore;
  /** Absent where there is no mail server: then mails are kept. */
  readonly transport: Transport | undefined;
  /** `undefined` where a mail is not written yet or was wiped, and where its template is not known. */
  readonly render: (mail: StoredMail) => RenderedMail | undefined;
  /** What decides, in the background, whether a mail that was asked for is written; by template. */
  readonly deciders: ReadonlyMap<string, Decide>;
  readonly clock: Clock;
  readonly log: Log;
  readonly countOutcome: (outcome: MailOutcome) => void;
}

/** While it stands nobody else sends the mail: longer than sending can take. */
const LEASE_MS = SEND_DEADLINE_MS + 60_000;

/**
 * Attempts the mail that has been due for longest. Resolves to `idle` where none is, and to `away` where the mail server
 * could not be reached: others would fare no better now.
 */
export function createAttempt(deps: DeliveryDeps): () => Promise<"idle" | "done" | "away"> {
  const { store, transport, render, deciders, clock, log, countOutcome } = deps;

  /** The mail as it is sent: written now, if it was only asked for. */
  const written = async (mail: StoredMail, claim: Claim): Promise<StoredMail | undefined> => {
    if (mail.state !== "asked") return mail;
    // An older version may have kept a template that is no longer asked for.
    const decide = mail.expiresAtMs > clock.nowMs() ? deciders.get(mail.template) : undefined;
    const writing = await decide?.(mail.to, mail.language);
    if (writing === undefined) {
      await store.drop(claim);
      return undefined;
    }
    // Kept as it was written: a repetition after a crash holds the same secret.
    return (await store.write(claim, writing)) ? { ...mail, ...writing } : undefined;
  };

  const send = async (mail: StoredMail): Promise<Outcome> => {
    const rendered = render(mail);
    if (mail.expiresAtMs <= clock.nowMs()) return { state: "failed", error: mail.lastError ?? "EXPIRED" };
    if (rendered === undefined) return { state: "failed", error: "EUNWRITTEN" };
    if (transport === undefined) return { state: "kept" };
    const sent = await transport.send({ id: mail.id, to: mail.to, ...rendered });
    if (sent === "sent") return { state: "sent" };
    if ("refused" in sent) return { state: "failed", error: sent.refused };
    const dueAtMs = clock.nowMs() + retryDelayMs(mail.attempts);
    if (dueAtMs >= mail.expiresAtMs) return { state: "failed", error: sent.error };
    return { state: "waiting", dueAtMs, error: sent.error };
  };

  return async () => {
    const nowMs = clock.nowMs();
    const lease = randomUUID();
    const claimed = await store.claim({ lease, nowMs, untilMs: nowMs + LEASE_MS });
    if (claimed === undefined) return "idle";
    const claim = { id: claimed.id, lease };
    const mail = await written(claimed, claim);
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
