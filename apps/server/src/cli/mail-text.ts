import type { Mail, MailSummary } from "../features/mail/service.js";
import { type Answer, printable, table } from "./output.js";

/** What is shown of a mail. Fields are listed by name, so that no content can slip in. */
export function mailJson({
  id,
  to,
  template,
  language,
  state,
  attempts,
  lastError,
  createdAtMs,
  dueAtMs,
}: MailSummary) {
  return {
    id,
    to,
    template,
    language,
    state,
    attempts,
    lastError,
    createdAt: new Date(createdAtMs).toISOString(),
    dueAt: state === "waiting" || state === "asked" ? new Date(dueAtMs).toISOString() : null,
  };
}

/** At most `limit` mails; if one more was found, the output says that there are more. */
export function listMails(found: readonly MailSummary[], limit: number): Answer {
  const shown = found.slice(0, limit);
  const next = found.length > limit ? (shown.at(-1)?.id ?? null) : null;
  const rows = shown.map(({ id, state, template, attempts, lastError, createdAtMs, to }) => [
    id,
    state,
    template,
    String(attempts),
    lastError ?? "-",
    new Date(createdAtMs).toISOString(),
    to,
  ]);
  const headings = ["ID", "STATE", "TEMPLATE", "ATTEMPTS", "ERROR", "CREATED", "TO"];
  const more = next === null ? "" : `\n\nThere are more: --before ${next}`;
  const text = shown.length === 0 ? "No mails match." : table(headings, rows) + more;
  return { json: { mails: shown.map(mailJson), next }, text };
}

/** A header with one line per fact, followed by the mail's content. */
export function describeMail({ mail, rendered }: NonNullable<Awaited<ReturnType<Mail["read"]>>>): string {
  const { createdAt, dueAt, ...told } = mailJson(mail);
  const facts: ReadonlyArray<readonly [string, string | null]> = [
    ["to", told.to],
    ["template", told.template],
    ["state", told.state],
    ["attempts", String(told.attempts)],
    ["error", told.lastError],
    ["created", createdAt],
    ["due", dueAt],
    ["subject", rendered?.subject ?? null],
  ];
  const head = facts.map(([name, fact]) => `${`${name}:`.padEnd(12)}${printable(fact ?? "-")}`);
  const words = rendered?.text.trimEnd().split("\n").map(printable) ?? ["The mail has no text (any more)."];
  return [...head, "", ...words].join("\n");
}
