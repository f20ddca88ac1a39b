import type { RenderedMail, StoredMail } from "../outbox/service.js";
import type { AnyLetterKind, Letter, LetterKind, LetterValues, Wording } from "./letter.js";

/**
 * Renders a written mail; `undefined` for one that is not written yet or was wiped, and for an unknown kind
 * of letter.
 */
export type Render = (mail: Pick<StoredMail, "template" | "language" | "values">) => RenderedMail | undefined;

/** Renders the mails of the outbox by the kinds of letters that are added at start. */
export function createRenderer(appName: string): {
  add(kinds: readonly AnyLetterKind[]): void;
  readonly render: Render;
} {
  const kinds = new Map<string, AnyLetterKind>();
  return {
    add(added) {
      for (const kind of added) {
        if (kinds.has(kind.name)) throw new Error(`Two kinds of letters are named ${kind.name}`);
        kinds.set(kind.name, kind);
      }
    },
    render({ template, language, values }) {
      const kind = kinds.get(template);
      if (values === null || kind === undefined) return undefined;
      // Safe: `mail.send` took values of this kind, and the outbox keeps both unchanged.
      return renderLetter(kind, { language, values: values as never }, appName);
    },
  };
}

export function renderLetter<V extends LetterValues>(
  { wordings }: LetterKind<V>,
  { language, values }: Omit<Letter<V>, "to">,
  appName: string,
): RenderedMail {
  const wording = wordings[language](values, appName);
  return {
    subject: oneLine(wording.subject),
    text: plainText(wording, appName),
    html: page(wording, { appName, language }),
  };
}

/** A line break in a subject would start another header. */
function oneLine(subject: string): string {
  return subject.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

function plainText({ paragraphs, action, notes = [] }: Wording, appName: string): string {
  const parts = [...paragraphs, ...(action === undefined ? [] : [action.link]), ...notes, `-- \n${appName}`];
  return `${parts.join("\n\n")}\n`;
}

function page(
  { subject, paragraphs, action, notes = [] }: Wording,
  { appName, language }: { readonly appName: string; readonly language: string },
): string {
  const paragraph = (text: string) =>
    `<p style="margin:0 0 16px">${escapeHtml(text).replaceAll("\n", "<br>")}</p>`;
  const button = ({ label, link }: NonNullable<Wording["action"]>) =>
    `<p style="margin:24px 0"><a href="${escapeHtml(link)}" style="display:inline-block;padding:12px 20px;` +
    `border-radius:6px;background:#1f2937;color:#ffffff;text-decoration:none">${escapeHtml(label)}</a></p>` +
    `<p style="margin:0 0 16px;font-size:13px;color:#6b7280;word-break:break-all">${escapeHtml(link)}</p>`;
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f3f4f6;color:#111827;font:16px/1.5 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif">
<div style="max-width:560px;margin:0 auto;padding:32px;border-radius:8px;background:#ffffff">
${[...paragraphs.map(paragraph), ...(action ? [button(action)] : []), ...notes.map(paragraph)].join("\n")}
<p style="margin:24px 0 0;font-size:13px;color:#6b7280">${escapeHtml(appName)}</p>
</div>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and for attributes in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
