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

/** When a window began by a clock that cannot be set, as `world/uptime.ts` has it; `null` if not known. */
export interface Begun {
  readonly era: string | null;
  readonly begunUptimeMs: number | null;
}

/** A window that begins now. */
export interface Window extends Begun {
  readonly nowMs: number;
  readonly endsAtMs: number;
}

/** Either all buckets had room, or some are full, each until its window ends. */
export type Taken = { readonly counted: readonly Counted[] } | { readonly full: readonly Counted[] };

/** Counts. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface LimitStore {
  /**
   * Counts one in each bucket, or in none if one of them is full. However many run at once, no more are
   * counted than fit.
   */
  take(buckets: readonly Bucket[], window: Window): Promise<Taken>;
  /**
   * Takes back what was counted, unless its window is over; the window that followed it is left alone as
   * well.
   */
  giveBack(counted: readonly Counted[]): Promise<void>;
  /** Whether every later `take` finds what `giveBack` was told to take back, even before that has resolved. */
  readonly givesBackInOrder: boolean;
  /**
   * Deletes up to `limit` counters whose windows are over, or end later than any that begins now can end.
   * Resolves to the number of deleted rows.
   */
  deleteOver(bounds: Pick<Window, "nowMs" | "endsAtMs"> & { readonly limit: number }): Promise<number>;
}
