import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Clock } from "../../world/clock.js";
import { timeOrderedId } from "../../world/id.js";
import type { Log } from "../../world/log.js";
import type { AskedTemplate } from "../outbox/delivery.js";
import type { MailState, MailStore, StoredMail } from "../outbox/store.js";
import type { Sent, Transport } from "../outbox/transport.js";
import type { Letter } from "./letter.js";
import { type RenderedMail, renderMail } from "./render.js";

export type { AskedTemplate, Decide, Deciders } from "../outbox/delivery.js";
export type { MailState } from "../outbox/store.js";
export type { Fillings, Letter } from "./letter.js";
export type { LinkTo } from "./links.js";
export type { MailQuota } from "./quota.js";

/** A mail as an operator sees it: without what it says. */
export type MailSummary = Omit<StoredMail, "values">;

/** Mail to users: what is written goes to the outbox, from which a worker sends it; no request waits for that. */
export interface Mail {
  /** Puts a letter into the outbox, where it is of use for `usefulMs`; resolves when it stands there. */
  send(letter: Letter, usefulMs?: number): Promise<void>;
  /**
   * Asks for a letter of which it is decided in the background whether it is written at all: what is done here is the
   * same for addresses that somebody has and for those that nobody has.
   */
  ask(asked: {
    readonly to: string;
    readonly template: AskedTemplate;
    readonly language: Language;
  }): Promise<void>;
  /** Mails, the last one first, from before `beforeId`. */
  list(page: {
    readonly beforeId?: string | undefined;
    readonly state?: MailState | undefined;
    readonly limit: number;
  }): Promise<readonly MailSummary[]>;
  /** One mail with its words, while it has some. */
  read(id: string): Promise<{ readonly mail: MailSummary; readonly rendered?: RenderedMail } | undefined>;
  /** Has a failed mail tried again; `false` where there is none that could be. */
  retry(id: string): Promise<boolean>;
  /** Sends a test mail past the outbox; `undefined` where there is no mail server. */
  test(to: string, language: Language): Promise<Sent | undefined>;
  /** Deletes and wipes a bounded number of mails that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

interface Deps {
  readonly store: MailStore;
  readonly transport: Transport | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly appName: string;
  readonly retentionMs: number;
}

/** Longer than a mail server's night off. */
const USEFUL_MS = 2 * 24 * 60 * 60_000;
/** What was asked for is decided within a second or two, where the database answers at all. */
const ASKED_USEFUL_MS = 30 * 60_000;
/** Mails to one recipient that may be open: no fault of ours, and no stranger, floods a mailbox. */
const MOST_OPEN = 20;
const ROWS_PER_CLEANING = 1000;

export function createMail({ store, transport, clock, log, appName, retentionMs }: Deps): Mail {
  const insert = async (
    letter: Pick<StoredMail, "to" | "template" | "language" | "values">,
    usefulMs: number,
  ) => {
    const nowMs = clock.nowMs();
    const times = { createdAtMs: nowMs, expiresAtMs: nowMs + usefulMs };
    const mail = { id: timeOrderedId(nowMs), recipientKey: comparisonKey(letter.to), ...letter, ...times };
    if (await store.insert(mail, { mostOpen: MOST_OPEN })) return;
    log("warn", "mail not written: too many are waiting for its recipient", { template: letter.template });
  };

  return {
    send: ({ to, template, language, values }, usefulMs = USEFUL_MS) =>
      insert({ to, template, language, values }, usefulMs),
    ask: (asked) => insert({ ...asked, values: null }, ASKED_USEFUL_MS),

    async list(page) {
      return (await store.list(page)).map(withoutWords);
    },

    async read(id) {
      const mail = await store.find(id);
      if (mail === undefined) return undefined;
      const rendered = renderMail(mail, appName);
      return { mail: withoutWords(mail), ...(rendered && { rendered }) };
    },

    retry: (id) => store.retry(id, clock.nowMs()),

    async test(to, language) {
      if (transport === undefined) return undefined;
      const nowMs = clock.nowMs();
      const values = { at: `${new Date(nowMs).toISOString().slice(0, 16).replace("T", " ")} UTC` };
      const rendered = renderMail({ template: "test", language, values }, appName);
      if (rendered === undefined) throw new Error("There is no test mail");
      return transport.send({ id: timeOrderedId(nowMs), to, ...rendered });
    },

    deleteOver: () => {
      const nowMs = clock.nowMs();
      return store.deleteOver({ nowMs, madeBeforeMs: nowMs - retentionMs, limit: ROWS_PER_CLEANING });
    },
  };
}

function withoutWords({ values: _, ...mail }: StoredMail): MailSummary {
  return mail;
}
