import { adminAudit } from "@latchkey/contracts/admin/audit";
import { type Audit, type AuditEntry, detailsOf } from "../../features/audit/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** The audit log, for administrators. */
export function adminAuditSurface({ audit }: { readonly audit: Audit }) {
  return implement<SessionPrincipal>()(adminAudit, {
    async list({ input: { from, to, before, limit, ...exact } }) {
      const fromMs = from === undefined ? undefined : Date.parse(from);
      const toMs = to === undefined ? undefined : Date.parse(to);
      const { entries, next } = await audit.list({ ...exact, fromMs, toMs }, { before, limit });
      return { entries: entries.map(entryOf), next: next ?? null };
    },
  });
}

function entryOf({ atMs, ...entry }: AuditEntry) {
  return { ...entry, at: new Date(atMs).toISOString(), details: detailsOf(entry) };
}
