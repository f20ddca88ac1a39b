import { createHash } from "node:crypto";

/** What counters and places are kept under: neither addresses nor login names nor ids of devices are kept with them. */
export function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
