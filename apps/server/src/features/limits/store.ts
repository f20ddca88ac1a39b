/** A counter that fills up and is emptied when its window ends. */
export interface Bucket {
  readonly id: string;
  readonly limit: number;
}

/** Counts guesses and knows places. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface GuessStore {
  /**
   * Counts one guess in each bucket, or in none where one is full: resolves to `undefined`, or to when the full one is
   * emptied. Of many at once no more are counted than fit.
   */
  take(
    buckets: readonly Bucket[],
    window: { readonly nowMs: number; readonly endsAtMs: number },
  ): Promise<number | undefined>;
  /** Takes one guess back from each bucket. */
  giveBack(ids: readonly string[]): Promise<void>;
  /** Whether a place was remembered and is not forgotten yet. */
  knows(place: string, nowMs: number): Promise<boolean>;
  remember(place: string, untilMs: number): Promise<void>;
  /** Deletes up to `limit` counters and as many places that are over. Resolves to how many rows went. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
