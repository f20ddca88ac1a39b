import { randomUUID } from "node:crypto";

/**
 * A UUID of version 7 (RFC 9562 5.7), milliseconds first and 74 random bits after them: those of later milliseconds are
 * greater, also as texts. As keys of a table new ones are neighbours in its index, so that a commit writes a few pages
 * where random ones would touch one for each row.
 */
export function timeOrderedId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, "0");
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  // Copied, it is one piece to V8: as a key it would else be put together again at each request with its token.
  return Buffer.from(id, "latin1").toString("latin1");
}
