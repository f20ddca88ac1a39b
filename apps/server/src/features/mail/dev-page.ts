import type { RenderedMail } from "../outbox/service.js";
import { escapeHtml } from "./render.js";
import type { Mail, MailSummary } from "./service.js";

/** How many mails the page shows. */
const SHOWN = 50;

/** The latest mails as a page, for developers. */
export async function devMailPage(mail: Mail): Promise<string> {
  const sections: string[] = [];
  for (const { id } of await mail.list({ limit: SHOWN })) {
    const found = await mail.read(id);
    if (found !== undefined) sections.push(section(found.mail, found.rendered));
  }
  const body = sections.length === 0 ? "<p>No mail has been written yet.</p>" : sections.join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: #ccc; --paper: #f3f4f6; --link: #0b5cad }
@media (prefers-color-scheme: dark) { :root { --line: #4b5263; --paper: #23272f; --link: #8ab8ff } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid var(--line); padding: 1rem 0 }
h1, h2, p { overflow-wrap: anywhere }
a { color: var(--link) }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--paper); padding: 1rem }
iframe { box-sizing: border-box; width: 100%; height: 28rem; border: 1px solid var(--line); background: #fff; color-scheme: light }
</style>
</head>
<body>
<h1>Mails</h1>
<p>Newest first. These mails were written but not sent, because there is no mail server.</p>
${body}
</body>
</html>
`;
}

function section({ to, template, createdAtMs }: MailSummary, rendered: RenderedMail | undefined): string {
  const head = `To ${escapeHtml(to)}, ${escapeHtml(template)}, ${new Date(createdAtMs).toISOString()}`;
  if (rendered === undefined) return `<section><p>${head}</p><p>Not written yet, or wiped.</p></section>`;
  const { subject, text, html } = rendered;
  // The sandbox keeps a mail's content from doing anything by itself; a link that is clicked leaves the page.
  return `<section>
<h2>${escapeHtml(subject)}</h2>
<p>${head}</p>
<pre>${withLinks(text)}</pre>
<details><summary>As HTML</summary><iframe title="${escapeHtml(subject)}" sandbox="allow-top-navigation-by-user-activation" srcdoc="${escapeHtml(atTheTop(html))}"></iframe></details>
</section>`;
}

/** The mail as a document whose links open in place of the page around it, as in a mail program. */
function atTheTop(html: string): string {
  return html.replace(/<head[^>]*>/i, (head) => `${head}<base target="_top">`);
}

function withLinks(text: string): string {
  return escapeHtml(text).replace(/^https?:\/\/\S+$/gm, (link) => `<a href="${link}">${link}</a>`);
}
