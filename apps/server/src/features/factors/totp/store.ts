import type { Change } from "../../../database/change.js";

/** An authenticator app of an account, or one that its owner is about to add. */
export interface TotpFactor {
  readonly id: string;
  /** The account's row. */
  readonly userId: number;
  readonly name: string;
  /** As it is stored: usually sealed. */
  readonly secret: string;
  /** The step of the last code that counted. */
  readonly lastStep: number;
  /** `null` until a code has shown that the app has the secret: the factor does not count before. */
  readonly confirmedAtMs: number | null;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
}

/** Which factor of which account. */
type Named = Pick<TotpFactor, "id" | "userId">;

/** Keeps authenticator apps. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface TotpStore {
  /** The confirmed factors of an account, the oldest first. */
  listOf(userId: number): Promise<readonly TotpFactor[]>;
  /** A factor of an account, confirmed or not. */
  find(factor: Named): Promise<TotpFactor | undefined>;
  /**
   * Adds a factor that is not confirmed; of those, an account keeps the newest `mostPending`. Resolves to whether
   * there is such an account.
   */
  begin(factor: TotpFactor, mostPending: number): Promise<boolean>;
  /**
   * Confirms a factor in the transaction of another change, which is refused (`ChangeRefused`) unless the factor is
   * there and not confirmed, and the account has fewer than `most` that are.
   */
  confirmation(
    factor: Named,
    confirmed: Pick<TotpFactor, "lastStep"> & { atMs: number; most: number },
  ): Change;
  /**
   * Spends a code: sets the last step if it is still `from`. Of many at once, it resolves to `true` for exactly one.
   */
  spend(factor: Pick<TotpFactor, "id">, step: { from: number; to: number; atMs: number }): Promise<boolean>;
  /** Resolves to whether there is such a confirmed factor of the account. */
  rename(factor: Named, name: string): Promise<boolean>;
  /** Deletes a factor in the transaction of another change, which is refused (`ChangeRefused`) if it is gone. */
  deletionOf(factor: Named): Change;
  /** The stored secrets of all factors, by id, after one. */
  listSecrets(afterId: string, limit: number): Promise<ReadonlyArray<Pick<TotpFactor, "id" | "secret">>>;
  /** Replaces a stored secret, if it is still `from`; resolves to whether it was. */
  replaceSecret(factor: Pick<TotpFactor, "id">, secret: { from: string; to: string }): Promise<boolean>;
  /** Deletes up to `limit` that were begun before a time, or after another, and never confirmed. Resolves to how many. */
  deletePending(bounds: { beforeMs: number; afterMs: number; limit: number }): Promise<number>;
}
