/** A counter that fills up and is emptied when its window ends. */
export interface Bucket {
  readonly id: string;
  readonly limit: number;
}

/** That something was counted in a bucket, in the window that ends then. */
export interface Counted {
  readonly id: string;
  readonly endsAtMs: number;
}

/** Either all buckets had room, or one was full, and is until then. */
export type Taken = { readonly counted: readonly Counted[] } | { readonly fullUntilMs: number };

/** A place that was remembered, until when. */
export interface Place {
  readonly id: string;
  readonly endsAtMs: number;
}

/** A place to be remembered; of one owner's at most `perOwner` are, those that last the longest. */
export interface OwnedPlace extends Place {
  readonly ownerId: string;
  readonly perOwner: number;
}

/** Counts and knows places. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface LimitStore {
  /**
   * Counts one in each bucket, or in none where one is full. Of many at once no more are counted than fit.
   */
  take(
    buckets: readonly Bucket[],
    window: { readonly nowMs: number; readonly endsAtMs: number },
  ): Promise<Taken>;
  /** Takes back what was counted; a window that is over is left alone, and so is the one that followed it. */
  giveBack(counted: readonly Counted[]): Promise<void>;
  /** Those of the places that were remembered and are not forgotten yet. */
  known(placeIds: readonly string[], nowMs: number): Promise<readonly Place[]>;
  /** Whether any place of this owner's was remembered and is not forgotten yet. */
  hasPlaces(ownerId: string, nowMs: number): Promise<boolean>;
  remember(places: readonly OwnedPlace[]): Promise<void>;
  /** Forgets all places of these owners. */
  forget(ownerIds: readonly string[]): Promise<void>;
  /** Deletes up to `limit` counters and as many places that are over. Resolves to how many rows went. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
