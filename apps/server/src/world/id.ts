import { randomUUID } from "node:crypto";
import { beginningAt } from "./times.js";

/** Many ids are made in the same millisecond. */
let lastMs = Number.NaN;
let beginning = "";

/**
 * A UUID of version 7 (RFC 9562 5.7): milliseconds first, then 74 random bits, so that ids of later
 * milliseconds are greater, also as text. As keys of a table, new ones are neighbours in the index, so that a
 * commit writes a few pages; random ones would touch one page per row.
 */
export function timeOrderedId(nowMs: number): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    beginning = beginningAt(nowMs);
  }
  const id = `${beginning}-7${randomUUID().slice(15)}`;
  // Copied into one contiguous string: otherwise V8 would reassemble it each time a token with it is used as
  // a key.
  return Buffer.from(id, "latin1").toString("latin1");
}
