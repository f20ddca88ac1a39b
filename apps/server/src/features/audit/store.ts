import type { Change } from "../../database/change.js";

/**
 * Something that happened. Accounts are named by uuid only: it contains no secrets, no mail addresses and no
 * names that a user typed.
 */
export interface AuditEvent {
  readonly atMs: number;
  /** What was done: a permanent name such as `auth.login`. */
  readonly action: string;
  /** `ok`, or the code of the error that the caller got. */
  readonly outcome: string;
  /** Who did it: an account's uuid, `operator` for the command line, or `anonymous`. */
  readonly actor: string;
  /** To whom: an account's uuid; `null` if no account is affected or known. */
  readonly subject: string | null;
  /** The network address that the request came from. */
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  /** A JSON object as text. */
  readonly details: string | null;
}

/**
 * A place in the chain: an entry's number, and its hash in hex. Before the first entry it is 0 and 64 zeros.
 */
export interface AuditPoint {
  readonly number: number;
  readonly hash: string;
}

/** An event with its place. Numbers increase by one. */
export interface AuditEntry extends AuditEvent, AuditPoint {}

/** Computes the hash of an event that follows this point. */
export type Link = (event: AuditEvent, previous: AuditPoint) => string;

/** Which entries are wanted; absent fields match everything. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  /** An action, or a prefix of several if it ends with a dot. */
  readonly action?: string | undefined;
  /** An outcome, or `failed` for everything but `ok`. */
  readonly outcome?: string | undefined;
  readonly fromMs?: number | undefined;
  /** Exclusive. */
  readonly toMs?: number | undefined;
}

export interface AuditQuery {
  readonly filter: AuditFilter;
  /** Only entries before this number. */
  readonly before: number;
  readonly limit: number;
  /** How many entries are scanned at most: few may match, and a query must not block the others. */
  readonly lookAt: number;
}

export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  /** Where the next page begins (`before`); `undefined` if nothing can follow. */
  readonly next: number | undefined;
}

/**
 * Keeps the audit log, which only grows, except that entries past their age are deleted. Rejects with
 * `UNAVAILABLE` like all stores.
 */
export interface AuditStore {
  /** Makes the tables themselves refuse whatever an append-only log does not need. Called at every start. */
  protect(): Promise<void>;
  /**
   * Sets how many days entries are kept; 0 means forever. A change is committed together with the event,
   * which is given the number of the last deleted entry.
   */
  retain(days: number, event: (deletedUpTo: number) => AuditEvent): Promise<void>;
  /**
   * Appends events. They are built when they are written, so that times increase together with numbers.
   * Numbers and hashes are computed in the same transaction, so that all processes write one chain. An engine
   * in which they wait for their turn after that gives those that waited the time of the entry before; so the
   * times of several machines increase too, if their clocks differ by less than five seconds.
   */
  append(events: () => readonly AuditEvent[]): Promise<void>;
  /** The same in the transaction of the change that the events describe. */
  addition(events: () => readonly AuditEvent[]): Change;
  /** The newest entry's place; the checkpoint if there is no entry. */
  head(): Promise<AuditPoint>;
  /** The point before the oldest kept entry: the last entry that was deleted because of its age. */
  checkpoint(): Promise<AuditPoint>;
  /** The newest entry; `undefined` if there is none. */
  newest(): Promise<AuditEntry | undefined>;
  find(query: AuditQuery): Promise<AuditPage>;
  /** Entries in chain order, after a number. */
  walk(page: { readonly after: number; readonly limit: number }): Promise<readonly AuditEntry[]>;
  /**
   * Deletes up to `limit` of the oldest entries that are too old, and advances the checkpoint: none while the
   * newest entry is from the future. Resolves to how many.
   */
  deleteOlder(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
