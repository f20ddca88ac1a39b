import type { Change } from "../../../database/change.js";

/** Keeps the hashes of recovery codes. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface RecoveryCodeStore {
  /** How many codes of an account are left. */
  countOf(userId: number): Promise<number>;
  /** Replaces all codes of an account, used or not, in the transaction of another change. */
  replacing(userId: number, hashes: readonly string[], atMs: number): Change;
  /** The same by itself, with `also`. Resolves to whether there is such an account. */
  replace(userId: number, hashes: readonly string[], atMs: number, also: Change): Promise<boolean>;
  /**
   * Uses a code, with `also`: of many at once, it resolves to `true` for exactly one, and for none if the account
   * has no such code.
   */
  use(code: { userId: number; hash: string; atMs: number }, also: Change): Promise<boolean>;
  /** Deletes all codes of an account in the transaction of another change. */
  deletionOf(userId: number): Change;
}
