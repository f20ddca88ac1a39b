import type { StoredMail } from "../outbox/store.js";
import type { Template, Wording, Wordings } from "./letter.js";
import { englishLetters } from "./letters-en.js";
import { chineseLetters } from "./letters-zh.js";

/** A mail as a mail server is given it. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const WORDINGS: Readonly<Record<StoredMail["language"], Wordings>> = {
  en: englishLetters,
  "zh-CN": chineseLetters,
};

/** Renders a mail that is written; `undefined` for one that is not, or was wiped. */
export function renderMail(
  { template, language, values }: Pick<StoredMail, "template" | "language" | "values">,
  appName: string,
): RenderedMail | undefined {
  const wordings = WORDINGS[language];
  if (values === null || !Object.hasOwn(wordings, template)) return undefined;
  // Safe: `mail.send` took a letter's template and its own values, and the outbox keeps both as they were.
  const word = wordings[template as Template] as (values: object, appName: string) => Wording;
  const wording = word(values, appName);
  return {
    subject: oneLine(wording.subject),
    text: plainText(wording, appName),
    html: page(wording, { appName, language }),
  };
}

/** A line break in a subject would begin another header. */
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
