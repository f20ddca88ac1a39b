import type { Language } from "@latchkey/contracts/kit/language";
import type { Change } from "../../database/change.js";
import type { Clock } from "../../world/clock.js";
import type { Outbox, RenderedMail, Sent, StoredMail } from "../outbox/service.js";
import { type AnyLetterKind, type Letter, type LetterKind, type LetterValues, minuteOf } from "./letter.js";
import { testLetter } from "./letters.js";
import { type Render, renderLetter } from "./render.js";

export type { Decider } from "../outbox/service.js";
export {
  type AnyLetterKind,
  addressedTo,
  decider,
  type Letters,
  letterKind,
  minuteOf,
} from "./letter.js";
export type { LinkTo } from "./links.js";
export type { MailQuota } from "./quota.js";

/** A mail as the operator sees it, without its content. */
export type MailSummary = Omit<StoredMail, "values">;

/** A requested letter: the background worker decides whether it is written and what it says. */
interface AskedLetter extends Omit<Letter<LetterValues>, "values"> {
  /** The site that asked for it. */
  readonly from: string;
}

/** Mail to users. Letters go to the outbox, from which a worker sends them; no request waits for that. */
export interface Mail {
  /** Puts a letter into the outbox, where it stays useful for `usefulMs`; resolves when it is stored. */
  send<V extends LetterValues>(
    kind: LetterKind<V>,
    letter: Letter<NoInfer<V>>,
    usefulMs?: number,
  ): Promise<void>;
  /** The same, to be committed with the change that the letter is about. */
  letter<V extends LetterValues>(kind: LetterKind<V>, letter: Letter<NoInfer<V>>, usefulMs?: number): Change;
  /** The same for a notice; `undefined` if the settings say that none are sent. */
  notice<V extends LetterValues>(kind: LetterKind<V>, letter: Letter<NoInfer<V>>): Change | undefined;
  /** Puts a notice into the outbox by itself, if the settings say that notices are sent. */
  sendNotice<V extends LetterValues>(kind: LetterKind<V>, letter: Letter<NoInfer<V>>): Promise<void>;
  /**
   * Requests a letter; whether it is written at all is decided in the background. What happens here is the
   * same for addresses with an account and for those without one.
   */
  ask(kind: AnyLetterKind, asked: AskedLetter): Promise<void>;
  /** The same, to be committed with another change. */
  asking(kind: AnyLetterKind, asked: AskedLetter): Change;
  /** Mails older than `beforeId`, the newest first. */
  list(page: Parameters<Outbox["list"]>[0]): Promise<readonly MailSummary[]>;
  /** One mail with its content, while it has any. */
  read(id: string): Promise<{ readonly mail: MailSummary; readonly rendered?: RenderedMail } | undefined>;
  /** Schedules a failed mail to be tried again; `false` if there is no such mail. */
  retry(id: string): Promise<boolean>;
  /** Sends a test mail directly, bypassing the outbox; `undefined` if there is no mail server. */
  test(to: string, language: Language): Promise<Sent | undefined>;
  /** Deletes all mails about an account or to its address, sent ones too, with another change. */
  forgetting: Outbox["forgetting"];
  /** Deletes or wipes a bounded number of mails that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

interface Deps {
  readonly outbox: Outbox;
  readonly render: Render;
  readonly clock: Clock;
  readonly appName: string;
  /** Whether users are notified of what happens to their accounts. */
  readonly hasNotices: boolean;
}

/** Longer than a typical mail-server outage. */
const USEFUL_MS = 2 * 24 * 60 * 60_000;
/** Requested letters are decided within a second or two, if the database answers at all. */
const ASKED_USEFUL_MS = 30 * 60_000;

export function createMail({ outbox, render, clock, appName, hasNotices }: Deps): Mail {
  const outgoing = (
    { name: template }: AnyLetterKind,
    letter: Letter<LetterValues>,
    usefulMs = USEFUL_MS,
  ) => {
    const { to, language, about, values } = letter;
    return { to, template, language, about, values, usefulMs };
  };
  const unwritten = ({ name: template }: AnyLetterKind, { to, language, from }: AskedLetter) => {
    return { to, template, language, values: null, usefulMs: ASKED_USEFUL_MS, from };
  };
  const letter: Mail["letter"] = (...written) => outbox.putting(outgoing(...written));

  return {
    send: (...written) => outbox.put(outgoing(...written)),
    letter,
    notice: (kind, notice) => (hasNotices ? letter(kind, notice) : undefined),
    async sendNotice(kind, notice) {
      if (hasNotices) await outbox.put(outgoing(kind, notice));
    },
    ask: (...asked) => outbox.put(unwritten(...asked)),
    asking: (...asked) => outbox.putting(unwritten(...asked)),

    async list(page) {
      return (await outbox.list(page)).map(withoutWords);
    },

    async read(id) {
      const mail = await outbox.find(id);
      if (mail === undefined) return undefined;
      const rendered = render(mail);
      return { mail: withoutWords(mail), ...(rendered && { rendered }) };
    },

    retry: outbox.retry,
    forgetting: outbox.forgetting,

    test: (to, language) => {
      const values = { at: minuteOf(clock.nowMs()) };
      return outbox.sendNow(to, renderLetter(testLetter, { language, values }, appName));
    },

    deleteOver: outbox.deleteOver,
  };
}

function withoutWords({ values: _, ...mail }: StoredMail): MailSummary {
  return mail;
}
