import type { Change } from "../../database/change.js";

/**
 * The state of a mail:
 * - `asked`: it is still to be decided whether anything is written at all;
 * - `waiting`: it is written and waits to be sent;
 * - `sent`: the mail server has accepted it;
 * - `kept`: it is written, and there is no mail server to send it to;
 * - `failed`: it will not be retried automatically.
 */
export const MAIL_STATES = ["asked", "waiting", "sent", "kept", "failed"] as const;

export type MailState = (typeof MAIL_STATES)[number];

/** A mail in the outbox. */
export interface StoredMail {
  /** A UUID that sorts by creation time; also the Message-ID, so that a repetition can be recognised. */
  readonly id: string;
  readonly to: string;
  readonly template: string;
  readonly language: "en" | "zh-CN";
  /**
   * The values for the template, which may include a secret; `null` before it is written and after it is
   * wiped.
   */
  readonly values: Readonly<Record<string, string>> | null;
  readonly state: MailState;
  /** How often sending was attempted. */
  readonly attempts: number;
  readonly createdAtMs: number;
  /** When it is tried next; during an attempt, when the lease ends. */
  readonly dueAtMs: number;
  /** After this time it is useless: neither sent nor shown. */
  readonly expiresAtMs: number;
  /**
   * The class of the last failure, such as `ECONNECTION` or `550`; never a server's own text, which quotes
   * addresses.
   */
  readonly lastError: string | null;
}

export interface NewMail {
  readonly id: string;
  readonly to: string;
  /** The key by which mails to one recipient are counted. */
  readonly recipientKey: string;
  readonly template: string;
  readonly language: "en" | "zh-CN";
  /** `null` if it is decided later whether anything is written. */
  readonly values: Readonly<Record<string, string>> | null;
  /** The uuid of the account that it is about, as far as that is known. */
  readonly about?: string | undefined;
  /** A digest of the site that asked for it, or `NO_SITE`. */
  readonly askedFrom: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Instead of a site, for mails that no site asked for. It sorts before every digest, and after no text. */
export const NO_SITE = "-";

/** What was served last: templates take turns, and the sites that ask for mails of one template. */
export interface Turns {
  readonly template: string;
  /** By template, the site that was served last. */
  readonly askedFrom: ReadonlyMap<string, string>;
}

/** A mail that was claimed, the site that asked for it, the key of its recipient, and the account it is about. */
export interface ClaimedMail extends StoredMail {
  readonly about: string | null;
  readonly askedFrom: string;
  readonly recipientKey: string;
}

/** Sites, and domains of recipients, whose mails have to wait for those of others. */
export interface Busy {
  readonly sites: readonly string[];
  readonly domains: readonly string[];
}

/**
 * The content and the recipient of a requested mail; the request may have spelled the address differently.
 */
export interface Writing {
  readonly to: string;
  readonly language: "en" | "zh-CN";
  readonly values: Readonly<Record<string, string>>;
  /** The uuid of the account that it is about. */
  readonly about?: string | undefined;
  readonly expiresAtMs: number;
}

/** Identifies one claim of one mail: a report without the current lease changes nothing. */
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
   * Adds a mail, unless `mostOpen` mails to that recipient are open already: then it resolves to `false`. A
   * mail that was already requested is not requested twice.
   */
  insert(mail: NewMail, bounds: { readonly mostOpen: number }): Promise<boolean>;
  /**
   * The same in the transaction of another change; after the commit, `told` is called with whether the mail was
   * added.
   */
  insertion(mail: NewMail, bounds: { readonly mostOpen: number }, told: (inserted: boolean) => void): Change;
  /** Whether a mail is due; one that would be due after `latestMs` is due now. */
  hasDue(at: { readonly nowMs: number; readonly latestMs: number }): Promise<boolean>;
  /**
   * Takes the next mail that is due, until `untilMs`: of many claims at once, in any process, exactly one
   * gets it. It counts as an attempt. Of the templates the one after the last has its turn, in the order of
   * their names, and of its sites the one after the last; of a site's mails, the one that has been due for
   * longest. What is `busy` is passed over, as far as the next 200 mails of each template show.
   */
  claim(lease: {
    readonly lease: string;
    readonly nowMs: number;
    readonly latestMs: number;
    readonly untilMs: number;
    readonly after: Turns;
    readonly busy: Busy;
  }): Promise<ClaimedMail | undefined>;
  /** Writes a requested mail. */
  write(claim: Claim, writing: Writing): Promise<boolean>;
  /** Deletes a requested mail, because there is nothing to write. */
  drop(claim: Claim): Promise<boolean>;
  /** Notes how an attempt ended. A sent mail is wiped: only the fact that it was sent is remembered. */
  settle(claim: Claim, outcome: Outcome): Promise<boolean>;
  /**
   * Schedules a failed mail to be tried again, if it was not wiped and has not expired. Resolves to whether
   * it was.
   */
  retry(id: string, nowMs: number): Promise<boolean>;
  find(id: string): Promise<StoredMail | undefined>;
  /** Deletes all mails about an account or to its address, sent ones too, with another change. */
  deletionOf(account: { readonly about: string; readonly recipientKey: string }): Change;
  /** Mails by creation time, the newest first, older than `beforeId`. */
  list(page: {
    readonly beforeId?: string | undefined;
    readonly state?: MailState | undefined;
    readonly limit: number;
  }): Promise<readonly StoredMail[]>;
  /**
   * Deletes up to `limit` mails that were made before `madeBeforeMs`, and wipes as many kept or failed mails
   * that have expired. Resolves to how many.
   */
  deleteOver(bounds: {
    readonly nowMs: number;
    readonly madeBeforeMs: number;
    readonly limit: number;
  }): Promise<number>;
}
