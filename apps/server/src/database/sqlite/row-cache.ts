import type { WriteOptions } from "./write.js";

/** For a write that itself changes no cached rows; writes in the same transaction declare their own. */
export const NOTHING_KEPT: WriteOptions = { forget: () => {} };

/** A cache of rows, valid as long as they have not been changed. */
export interface RowCache<K, V> {
  /** The current row: cached from an earlier read, or loaded. */
  get(key: K, load: (key: K) => V): V;
  /** For a write that changes this row and reports it to the database (`WriteOptions`). */
  forget(key: K): void;
  /** The same, for a write that knows the new row. */
  renew(key: K, row: V): void;
}

/**
 * Keeps at most `limit` rows and drops all of them when the database's version changes, whichever process
 * changed it: a returned row is never older than the request that asks for it. Rows that are not small are
 * loaded each time.
 */
export function createRowCache<K, V>(
  version: () => number,
  {
    limit = 10_000,
    isSmall = () => true,
  }: { readonly limit?: number; readonly isSmall?: (row: V) => boolean } = {},
): RowCache<K, V> {
  const rows = new Map<K, V>();
  let seen = Number.NaN;
  const keep = (key: K, row: V) => {
    if (row === undefined || !isSmall(row)) return;
    if (rows.size >= limit) rows.clear();
    rows.set(key, row);
  };
  return {
    get(key, load) {
      const now = version();
      if (now !== seen) rows.clear();
      seen = now;
      const kept = rows.get(key);
      if (kept !== undefined) return kept;
      const row = load(key);
      keep(key, row);
      return row;
    },
    forget: (key) => void rows.delete(key),
    renew(key, row) {
      rows.delete(key);
      keep(key, row);
    },
  };
}

/**
 * A version for rows whose changes the database counts: `count` is asked only where the whole database has
 * another version, and rows are kept over commits that leave it as it was.
 */
export function countedVersion(version: () => number, count: () => number): () => number {
  let askedAt = Number.NaN;
  let counted = Number.NaN;
  return () => {
    const now = version();
    if (now !== askedAt) counted = count();
    askedAt = now;
    return counted;
  };
}
