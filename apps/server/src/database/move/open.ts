import type { Database } from "../database.js";
import type { OpenOptions } from "../engine.js";
import { engineOf } from "../engines.js";
import { postgresEngine } from "../postgres/engine.js";
import { isPostgresUrl } from "../postgres/url.js";
import { movedTo } from "../sqlite/moved.js";
import { describeMoved, followMoves } from "./following.js";

/**
 * Where the store is: it may have moved away from the file that `DATABASE_URL` still names. A URL is the result of
 * `parseUrl`.
 */
export function placeNow(url: string): { readonly url: string; readonly hasMoved: boolean } {
  const to = isPostgresUrl(url) ? undefined : movedTo(url);
  return { url: to?.url ?? url, hasMoved: to !== undefined };
}

/** Opens the database wherever the store is, and follows it when it moves. */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const { url, hasMoved } = placeNow(options.url);
  if (hasMoved) options.onMoved?.(describeMoved(url));
  const database = await engineOf(url).open({ ...options, url, follows: hasMoved });
  if (isPostgresUrl(url)) return database;
  return followMoves(database, {
    path: url,
    open: (target) => postgresEngine.open({ ...options, url: target, follows: true }),
    onMoved: options.onMoved,
  });
}
