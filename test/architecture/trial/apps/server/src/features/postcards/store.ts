import type { Change } from "../../database/change.js";

/** A postcard from the owner of an account to themselves. */
export interface Postcard {
  readonly id: string;
  /** The account's uuid. */
  readonly subject: string;
  readonly text: string;
  readonly writtenAtMs: number;
}

/** What adding a postcard came to. */
export type Written = "kept" | "gone" | { readonly full: { readonly kept: number } };

/** Keeps postcards. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface PostcardStore {
  /** Adds a postcard and commits a change with it, or says why not: its account is gone, or has too many. */
  insert(postcard: Postcard, also: Change): Promise<Written>;
  /** An account's postcards, newest first. */
  listOf(subject: string): Promise<readonly Postcard[]>;
  /** How many postcards there are. */
  count(): Promise<number>;
  /** Deletes up to `limit` postcards that were written before `thanMs`. Resolves to how many. */
  deleteOlder(bounds: { readonly thanMs: number; readonly limit: number }): Promise<number>;
}
