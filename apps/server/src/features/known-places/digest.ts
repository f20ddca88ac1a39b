import { createHash } from "node:crypto";

/**
 * The keys of counters and places: digests, so that no addresses, login names or device ids are stored with
 * them.
 */
export function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
