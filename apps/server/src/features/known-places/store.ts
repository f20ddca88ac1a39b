import type { Change } from "../../database/change.js";

/** A place that is remembered, and until when. */
export interface Place {
  readonly id: string;
  readonly endsAtMs: number;
}

/**
 * A place to be remembered. Of one owner's places at most `perOwner` are kept: those that expire last, except
 * for those that expire after `latestMs`.
 */
export interface OwnedPlace extends Place {
  readonly ownerId: string;
  readonly perOwner: number;
  readonly latestMs: number;
}

/**
 * When a place may expire: one that expires later than `latestMs` was remembered when the clock was ahead,
 * and does not count.
 */
export interface Span {
  readonly nowMs: number;
  readonly latestMs: number;
}

/** Remembers places. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface PlaceStore {
  /** Those of the given places that are remembered and have not expired. */
  known(placeIds: readonly string[], span: Span): Promise<readonly Place[]>;
  /** Whether any place of this owner is remembered and has not expired. */
  hasPlaces(ownerId: string, span: Span): Promise<boolean>;
  /** Remembers places, to be committed with another change or by `commit`. */
  remembering(places: readonly OwnedPlace[]): Change;
  commit(change: Change): Promise<void>;
  /** Forgets all places of these owners, to be committed with another change or by `commit`. */
  forgetting(ownerIds: readonly string[]): Change;
  /** Deletes up to `limit` places that do not count any more. Resolves to the number of deleted rows. */
  deleteOver(bounds: Span & { readonly limit: number }): Promise<number>;
}
