import { createHash } from "node:crypto";
import { linkedText } from "./rules.js";
import type { AuditEvent, AuditPoint } from "./store.js";

/** The hash that links an event to the one before: SHA-256, in hex. */
export function link(event: AuditEvent, previous: AuditPoint): string {
  return createHash("sha256").update(linkedText(event, previous)).digest("hex");
}
