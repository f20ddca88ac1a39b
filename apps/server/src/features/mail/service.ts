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

/** A mail as an operator sees it: without what it says. */
export type MailSummary = Omit<StoredMail, "values">;

/** A letter that is asked for: whether it is written, and what it says, is decided in the background. */
type AskedLetter = Omit<Letter<LetterValues>, "values">;

/** Mail to users: letters go to the outbox, from which a worker sends them; no request waits for that. */
export interface Mail {
  /** Puts a letter into the outbox, where it is of use for `usefulMs`; resolves when it is there. */
  send<V extends LetterValues>(
    kind: LetterKind<V>,
    letter: Letter<NoInfer<V>>,
    usefulMs?: number,
  ): Promise<void>;
  /** The same, to be committed with the change that the letter tells of. */
  letter<V extends LetterValues>(kind: LetterKind<V>, letter: Letter<NoInfer<V>>, usefulMs?: number): Change;
  /** The same for a notice; `undefined` where the settings say that none are sent. */
  notice<V extends LetterValues>(kind: LetterKind<V>, letter: Letter<NoInfer<V>>): Change | undefined;
  /**
   * Asks for a letter of which it is decided in the background whether it is written at all: what is done here is the
   * same for addresses with an account and for those without one.
   */
  ask(kind: AnyLetterKind, asked: AskedLetter): Promise<void>;
  /** The same, to be committed with another change. */
  asking(kind: AnyLetterKind, asked: AskedLetter): Change;
  /** Mails from before `beforeId`, the last one first. */
  list(page: Parameters<Outbox["list"]>[0]): Promise<readonly MailSummary[]>;
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
  readonly outbox: Outbox;
  readonly render: Render;
  readonly clock: Clock;
  readonly appName: string;
  /** Whether users are told of what happens to their accounts. */
  readonly hasNotices: boolean;
}

/** Longer than a typical mail-server outage. */
const USEFUL_MS = 2 * 24 * 60 * 60_000;
/** What was asked for is decided within a second or two, where the database answers at all. */
const ASKED_USEFUL_MS = 30 * 60_000;

export function createMail({ outbox, render, clock, appName, hasNotices }: Deps): Mail {
  const outgoing = (
    { name: template }: AnyLetterKind,
    letter: Letter<LetterValues>,
    usefulMs = USEFUL_MS,
  ) => {
    const { to, language, values } = letter;
    return { to, template, language, values, usefulMs };
  };
  const unwritten = ({ name: template }: AnyLetterKind, { to, language }: AskedLetter) => {
    return { to, template, language, values: null, usefulMs: ASKED_USEFUL_MS };
  };
  const letter: Mail["letter"] = (...written) => outbox.putting(outgoing(...written));

  return {
    send: (...written) => outbox.put(outgoing(...written)),
    letter,
    notice: (kind, notice) => (hasNotices ? letter(kind, notice) : undefined),
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
