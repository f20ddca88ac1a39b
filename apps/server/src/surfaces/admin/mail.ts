import { adminMail } from "@latchkey/contracts/admin/mail";
import type { Mail, MailSummary } from "../../features/mail/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** The outbox over its service. */
export function adminMailSurface({ mail }: { readonly mail: Pick<Mail, "list"> }) {
  return implement<SessionPrincipal>()(adminMail, {
    async list({ input: { before: beforeId, state, limit } }) {
      // One more than is shown, to find out whether there are more.
      const found = await mail.list({ beforeId, state, limit: limit + 1 });
      const shown = found.slice(0, limit);
      return { mails: shown.map(listed), next: found.length > limit ? (shown.at(-1)?.id ?? null) : null };
    },
  });
}

function listed({ createdAtMs, dueAtMs, expiresAtMs: _, ...mail }: MailSummary) {
  const isOpen = mail.state === "asked" || mail.state === "waiting";
  return {
    ...mail,
    createdAt: new Date(createdAtMs).toISOString(),
    dueAt: isOpen ? new Date(dueAtMs).toISOString() : null,
  };
}
