import { randomUUID } from "node:crypto";

/**
 * A new `jti` or `sid`: a UUID of version 7 (RFC 9562 5.7), milliseconds first and 74 random bits after them. New rows are
 * neighbours in the index so, and a commit writes a few pages where random ids would touch one for each row.
 */
export function newId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
