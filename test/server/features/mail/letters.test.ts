import { describe, expect, it } from "vitest";
import { englishLetters } from "../../../../apps/server/src/features/mail/letters-en.js";
import { chineseLetters } from "../../../../apps/server/src/features/mail/letters-zh.js";
import { renderMail } from "../../../../apps/server/src/features/mail/render.js";

const HOSTILE = `"><script>alert(1)</script>'&\r\nBcc: victim@example.com`;
const LINK = "https://app.example.com/recovery#secret=abc";

/** Every value that a template uses is this one. */
const filledWith = (value: string) =>
  new Proxy<Record<string, string>>({}, { get: (_, key) => (key === "link" ? LINK : value) });

const templates = Object.keys(englishLetters);
const languages = ["en", "zh-CN"] as const;
const cases = templates.flatMap((template) => languages.map((language) => [template, language] as const));

const render = (template: string, language: "en" | "zh-CN", value = "12", appName = "Shop & Co") => {
  const rendered = renderMail({ template, language, values: filledWith(value) }, appName);
  if (rendered === undefined) throw new Error("not rendered");
  return rendered;
};

describe.each(cases)("%s in %s", (template, language) => {
  it("says which service it is from, in text and in HTML", () => {
    const { subject, text, html } = render(template, language);
    expect(subject).toContain("Shop & Co");
    expect(text).toMatch(/\n-- \nShop & Co\n$/);
    expect(html).toContain("Shop &amp; Co");
    expect(html).toContain(`<html lang="${language}">`);
    for (const part of [subject, text, html]) expect(part).not.toContain("undefined");
  });

  it("is written in its language", () => {
    const { subject, text } = render(template, language);
    for (const part of [subject, text]) expect(/\p{Script=Han}/u.test(part)).toBe(language === "zh-CN");
  });

  it("is not changed by what a value contains", () => {
    const { subject, html } = render(template, language, HOSTILE, HOSTILE);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toContain("<script>");
    expect(html).not.toMatch(/"><script|'&\r/);
  });
});

it("puts the link on its own line in the text, and in the HTML as a link and as text to copy", () => {
  const { text, html } = render("passwordRecovery", "en");
  expect(text).toContain(`\n${LINK}\n`);
  expect(html).toContain(`<a href="${LINK}"`);
  expect(html).toContain(`>${LINK}</p>`);
});

it("has the same templates in both languages", () => {
  expect(Object.keys(chineseLetters)).toEqual(templates);
});

it("renders nothing that was wiped, and no unknown template", () => {
  expect(renderMail({ template: "test", language: "en", values: null }, "a")).toBeUndefined();
  expect(renderMail({ template: "toString", language: "en", values: {} }, "a")).toBeUndefined();
});
