import type { Change } from "../../database/change.js";

/**
 * Something that happened. Accounts are named by uuid only: neither secrets, nor mail addresses, nor names that somebody
 * typed are among it.
 */
export interface AuditEvent {
  readonly atMs: number;
  /** What was done: a permanent name such as `auth.login`. */
  readonly action: string;
  /** `ok`, or the code of the error that the caller heard. */
  readonly outcome: string;
  /** Who did it: an account's uuid, `operator` for the command line, or `anonymous`. */
  readonly actor: string;
  /** To whom: an account's uuid; `null` where nobody is concerned or known. */
  readonly subject: string | null;
  /** The network address that it came from. */
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  /** A JSON object as text. */
  readonly details: string | null;
}

/** A place in the chain: an entry's number, and its hash in hex. Before the first entry it is 0 and 64 zeros. */
export interface AuditPoint {
  readonly number: number;
  readonly hash: string;
}

/** An event with its place. Numbers rise by one. */
export interface AuditEntry extends AuditEvent, AuditPoint {}

/** Gives the hash of an event that comes after this point. */
export type Link = (event: AuditEvent, previous: AuditPoint) => string;

/** Which entries are wanted; what is absent does not matter. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  /** An action, or the beginning of several where it ends with a dot. */
  readonly action?: string | undefined;
  /** An outcome, or `failed` for all but `ok`. */
  readonly outcome?: string | undefined;
  readonly fromMs?: number | undefined;
  /** Exclusive. */
  readonly toMs?: number | undefined;
}

export interface AuditQuery {
  readonly filter: AuditFilter;
  /** Only entries in front of this number. */
  readonly before: number;
  readonly limit: number;
  /** How many entries are looked at, at most: few may match, and a query must not hold up the others. */
  readonly lookAt: number;
}

export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  /** Where the next page begins (`before`); `undefined` where nothing can follow. */
  readonly next: number | undefined;
}

/** Keeps the audit log, which only grows, but for entries that are too old. Rejects with `UNAVAILABLE` like all stores. */
export interface AuditStore {
  /** Has the tables themselves refuse whatever an append-only log does not need. Called at every start. */
  protect(): Promise<void>;
  /**
   * Appends events, which are made when they are written, so that their times rise as their numbers do. Numbers and hashes
   * are made in the same transaction, so that all processes make one chain.
   */
  append(events: () => readonly AuditEvent[]): Promise<void>;
  /** The same in the transaction of the change that the events tell of. */
  addition(events: () => readonly AuditEvent[]): Change;
  /** The newest entry's place; where there is none, the checkpoint. */
  head(): Promise<AuditPoint>;
  /** What the oldest kept entry comes after: the last one that was deleted for its age. */
  checkpoint(): Promise<AuditPoint>;
  /** The newest entry; `undefined` where there is none. */
  newest(): Promise<AuditEntry | undefined>;
  find(query: AuditQuery): Promise<AuditPage>;
  /** Entries in the order of the chain, from behind a number. */
  walk(page: { readonly after: number; readonly limit: number }): Promise<readonly AuditEntry[]>;
  /** Deletes the oldest entries, up to `limit`, that are older than this, and moves the checkpoint. Resolves to how many. */
  deleteOlder(bounds: { readonly thanMs: number; readonly limit: number }): Promise<number>;
}
