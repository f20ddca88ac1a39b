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

/** Remembers places. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface PlaceStore {
  /** Those of the given places that are remembered and have not expired. */
  known(placeIds: readonly string[], nowMs: number): Promise<readonly Place[]>;
  /** Whether any place of this owner is remembered and has not expired. */
  hasPlaces(ownerId: string, nowMs: number): Promise<boolean>;
  remember(places: readonly OwnedPlace[]): Promise<void>;
  /** Forgets all places of these owners. */
  forget(ownerIds: readonly string[]): Promise<void>;
  /** Deletes up to `limit` expired places. Resolves to the number of deleted rows. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
