import type { Change } from "../../database/change.js";

/**
 * How far a mail has come:
 * - `asked`: it is still to be decided whether anything is written at all;
 * - `waiting`: it is written and wants to be sent;
 * - `sent`: the mail server has taken it;
 * - `kept`: it is written, and there is no mail server that it could go to;
 * - `failed`: it will not be tried again by itself.
 */
export const MAIL_STATES = ["asked", "waiting", "sent", "kept", "failed"] as const;

export type MailState = (typeof MAIL_STATES)[number];

/** A mail in the outbox. */
export interface StoredMail {
  /** A UUID whose order is that of the mails' making; also the Message-ID, so that a repetition can be known. */
  readonly id: string;
  readonly to: string;
  readonly template: string;
  readonly language: "en" | "zh-CN";
  /** What the template is filled with, a secret among it; `null` before it is written and once it is wiped. */
  readonly values: Readonly<Record<string, string>> | null;
  readonly state: MailState;
  /** How often sending it was begun. */
  readonly attempts: number;
  readonly createdAtMs: number;
  /** When it is tried next. While somebody is at it: when their lease ends. */
  readonly dueAtMs: number;
  /** After this it is of no use to anybody: neither sent nor shown. */
  readonly expiresAtMs: number;
  /** The class of the last failure, such as `ECONNECTION` or `550`; never a server's words, which quote addresses. */
  readonly lastError: string | null;
}

export interface NewMail {
  readonly id: string;
  readonly to: string;
  /** What mails to one recipient are counted by. */
  readonly recipientKey: string;
  readonly template: string;
  readonly language: "en" | "zh-CN";
  /** `null`: whether anything is written is decided later. */
  readonly values: Readonly<Record<string, string>> | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** What a mail that was asked for says, and to whom: what was asked for may be another spelling of the address. */
export interface Writing {
  readonly to: string;
  readonly language: "en" | "zh-CN";
  readonly values: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
}

/** Names one claim of one mail: what is said without the lease that still stands changes nothing. */
export interface Claim {
  readonly id: string;
  readonly lease: string;
}

/** How an attempt ended. */
export type Outcome =
  | { readonly state: "sent" | "kept" }
  | { readonly state: "waiting"; readonly dueAtMs: number; readonly error: string }
  | { readonly state: "failed"; readonly error: string };

/** The outbox. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface MailStore {
  /**
   * Adds a mail, unless `mostOpen` mails to that recipient are asked for or waiting already: then resolves to `false`. What
   * is asked for already is not asked for again.
   */
  insert(mail: NewMail, bounds: { readonly mostOpen: number }): Promise<boolean>;
  /** The same in the transaction of another change; whether it was added is known when that is committed. */
  insertion(
    mail: NewMail,
    bounds: { readonly mostOpen: number },
  ): { readonly change: Change; inserted(): boolean };
  /** Whether a mail is due. */
  hasDue(nowMs: number): Promise<boolean>;
  /**
   * Takes the mail that has been due for longest, until `untilMs`: of many at once, in whichever process, exactly one
   * gets it. It counts as an attempt.
   */
  claim(lease: {
    readonly lease: string;
    readonly nowMs: number;
    readonly untilMs: number;
  }): Promise<StoredMail | undefined>;
  /** Writes a mail that was asked for. */
  write(claim: Claim, writing: Writing): Promise<boolean>;
  /** Deletes a mail that was asked for: there is nothing to write. */
  drop(claim: Claim): Promise<boolean>;
  /** Notes how an attempt ended. What was sent is wiped: only that it was sent is remembered. */
  settle(claim: Claim, outcome: Outcome): Promise<boolean>;
  /** Has a failed mail tried again, if it was not wiped and is not over. Resolves to whether it is. */
  retry(id: string, nowMs: number): Promise<boolean>;
  find(id: string): Promise<StoredMail | undefined>;
  /** Mails in the order of their making, the last one first, from before `beforeId`. */
  list(page: {
    readonly beforeId?: string | undefined;
    readonly state?: MailState | undefined;
    readonly limit: number;
  }): Promise<readonly StoredMail[]>;
  /**
   * Deletes up to `limit` mails that were made before `madeBeforeMs`, and wipes as many that are kept or have failed and
   * are of no use any more. Resolves to how many.
   */
  deleteOver(bounds: {
    readonly nowMs: number;
    readonly madeBeforeMs: number;
    readonly limit: number;
  }): Promise<number>;
}
