/** The end of a session before its time, as the log of changes has it. */
export interface Ended {
  /** Its place in the order of commits. */
  readonly n: number;
  /** Recognises the place if this is still the same history. */
  readonly tag: number;
  readonly sessionId: string;
  readonly atMs: number;
}

/** A place in the log. */
export type Cursor = Pick<Ended, "n" | "tag">;

/** Some of the log, in the order of commits. */
export interface Page {
  readonly ended: readonly Ended[];
  /** The place up to which this is everything. */
  readonly cursor: Cursor;
  /** Whether there may be more after it. */
  readonly hasMore: boolean;
}

/**
 * Reads the log of sessions that ended before their time: revoked, deleted while a token of theirs could still be
 * used, or ended with all others of their account. The database writes it itself, in the same transaction. A
 * session may be in it several times.
 */
export interface FeedStore {
  /**
   * What was committed after this place; `undefined` if the log does not have it, because it is too old or the
   * history is another one (a restored backup, a failover that lost commits).
   */
  after(cursor: Cursor): Promise<Page | undefined>;
  /** The first page of everything that ended after this time; `after` has the next ones. */
  since(ms: number): Promise<Page>;
  /**
   * Deletes up to this many ends from before this time, but never the newest; resolves to how many rows of the
   * log were deleted, whatever they are about. Of several processes, one deletes.
   */
  deleteBefore(ms: number, limit: number): Promise<number>;
}
