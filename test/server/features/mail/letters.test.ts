import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { testLetter } from "../../../../apps/server/src/features/mail/letters.js";
import { createRenderer, renderLetter } from "../../../../apps/server/src/features/mail/render.js";
import type { AnyLetterKind } from "../../../../apps/server/src/features/mail/service.js";
import { passwordRecoveryLetter } from "../../../../apps/server/src/features/recovery/letters.js";
import { startServer } from "../../../support/server.js";

const HOSTILE = `"><script>alert(1)</script>'&\r\nBcc: victim@example.com`;
const LINK = "https://app.example.com/recovery#secret=abc";

/** Every value that a letter uses is this one. */
const filledWith = (value: string) =>
  new Proxy<Record<string, string>>({}, { get: (_, key) => (key === "link" ? LINK : value) });

const isLetterKind = (value: unknown): value is AnyLetterKind =>
  typeof value === "object" && value !== null && "wordings" in value;

/** Every kind of letter that a feature declares in its `letters.ts`. */
const FEATURES = new URL("../../../../apps/server/src/features/", import.meta.url);
const files = readdirSync(FEATURES, { recursive: true, encoding: "utf8" }).filter((file) =>
  /(^|\/)letters\.ts$/.test(file),
);
const modules: ReadonlyArray<Record<string, unknown>> = await Promise.all(
  files.map((file) => import(new URL(file, FEATURES).href)),
);
const kinds = modules.flatMap((module) => Object.values(module).filter(isLetterKind));

const languages = ["en", "zh-CN"] as const;
const cases = kinds.flatMap((kind) => languages.map((language) => ({ name: kind.name, kind, language })));

const render = (kind: AnyLetterKind, language: "en" | "zh-CN", value = "12", appName = "Shop & Co") =>
  renderLetter(kind, { language, values: filledWith(value) as never }, appName);

describe.each(cases)("$name in $language", ({ kind, language }) => {
  it("says which service it is from, in text and in HTML", () => {
    const { subject, text, html } = render(kind, language);
    expect(subject).toContain("Shop & Co");
    expect(text).toMatch(/\n-- \nShop & Co\n$/);
    expect(html).toContain("Shop &amp; Co");
    expect(html).toContain(`<html lang="${language}">`);
    for (const part of [subject, text, html]) expect(part).not.toContain("undefined");
  });

  it("is written in its language", () => {
    const { subject, text } = render(kind, language);
    for (const part of [subject, text]) expect(/\p{Script=Han}/u.test(part)).toBe(language === "zh-CN");
  });

  it("is not changed by what a value contains", () => {
    const { subject, html } = render(kind, language, HOSTILE, HOSTILE);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toContain("<script>");
    expect(html).not.toMatch(/"><script|'&\r/);
  });
});

it("puts the link on its own line in the text, and in the HTML as a link and as text to copy", () => {
  const { text, html } = render(passwordRecoveryLetter, "en");
  expect(text).toContain(`\n${LINK}\n`);
  expect(html).toContain(`<a href="${LINK}"`);
  expect(html).toContain(`>${LINK}</p>`);
});

it("renders every kind of letter from the outbox, in both languages", async () => {
  const server = await startServer();
  const { mailing } = server.app.features;
  expect(kinds).toHaveLength(16);
  for (const { name: template } of kinds) {
    for (const language of languages) {
      expect(mailing.render({ template, language, values: filledWith("12") }), template).toBeDefined();
    }
  }
  await server.close();
});

it("renders nothing that was wiped, and no unknown kind of letter", () => {
  const { add, render } = createRenderer("a");
  add([testLetter]);
  expect(render({ template: "test", language: "en", values: null })).toBeUndefined();
  expect(render({ template: "toString", language: "en", values: {} })).toBeUndefined();
});

it("accepts no second kind of letter with the same name", () => {
  const { add } = createRenderer("a");
  expect(() => add([testLetter, testLetter])).toThrow("test");
});
