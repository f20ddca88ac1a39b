import { createHash } from "node:crypto";
import type { AuditEntry, AuditEvent, AuditPoint } from "./store.js";

/**
 * The hash that links an event to the one before: SHA-256, in hex, of a JSON array without blanks. Whoever changes,
 * removes or inserts an entry must change all that follow.
 */
export function link(event: AuditEvent, previous: AuditPoint): string {
  const { atMs, action, outcome, actor, subject, address, userAgent, requestId, details } = event;
  const fields = [previous.hash, previous.number + 1, atMs, action, outcome, actor, subject];
  return createHash("sha256")
    .update(JSON.stringify([...fields, address, userAgent, requestId, details]))
    .digest("hex");
}

/** What is wrong with an entry that comes after this point; `undefined` where it is linked as it must be. */
export function faultOf(entry: AuditEntry, previous: AuditPoint): "missing" | "changed" | undefined {
  if (entry.number !== previous.number + 1) return "missing";
  return entry.hash === link(entry, previous) ? undefined : "changed";
}
