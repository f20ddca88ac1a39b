/** A counter that fills up and is emptied when its window ends. */
export interface Bucket {
  readonly id: string;
  readonly limit: number;
}

/** A record that something was counted in a bucket, in the window that ends at that time. */
export interface Counted {
  readonly id: string;
  readonly endsAtMs: number;
}

/** Either all buckets had room, or one is full until the given time. */
export type Taken = { readonly counted: readonly Counted[] } | { readonly fullUntilMs: number };

/** A place that is remembered, and until when. */
export interface Place {
  readonly id: string;
  readonly endsAtMs: number;
}

/** A place to be remembered. Of one owner's places at most `perOwner` are kept: those that expire last. */
export interface OwnedPlace extends Place {
  readonly ownerId: string;
  readonly perOwner: number;
}

/** Counts and remembers places. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface LimitStore {
  /**
   * Counts one in each bucket, or in none if one of them is full. However many run at once, no more are
   * counted than fit.
   */
  take(
    buckets: readonly Bucket[],
    window: { readonly nowMs: number; readonly endsAtMs: number },
  ): Promise<Taken>;
  /**
   * Takes back what was counted, unless its window is over; the window that followed it is left alone as
   * well.
   */
  giveBack(counted: readonly Counted[]): Promise<void>;
  /** Those of the given places that are remembered and have not expired. */
  known(placeIds: readonly string[], nowMs: number): Promise<readonly Place[]>;
  /** Whether any place of this owner is remembered and has not expired. */
  hasPlaces(ownerId: string, nowMs: number): Promise<boolean>;
  remember(places: readonly OwnedPlace[]): Promise<void>;
  /** Forgets all places of these owners. */
  forget(ownerIds: readonly string[]): Promise<void>;
  /**
   * Deletes up to `limit` expired counters and as many expired places. Resolves to the number of deleted
   * rows.
   */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
