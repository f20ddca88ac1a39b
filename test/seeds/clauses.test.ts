import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");

/** What a document promises: the items of its lists, its bold lines and the rows of its tables. */
function clausesOf(document: string): string[] {
  return document
    .replace(/<!--.*?-->/gs, "") // Drafts that their author has taken back.
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^(?:- |\d\. |\*\*\S|\||#### \*)/.test(line))
    .filter((line) => !/^[\s|-]*$/.test(line) && !/^\| (?:方法|字段|模型) /.test(line));
}

/** A part of a test's name or a line of a comment. */
const isQuoted = (source: string, clause: string) => source.includes(clause.replace(/^#+ /, ""));

// Headings of lists: they promise what stands below them.
const HEADINGS = [
  "- **方法**: `POST`",
  "- **方法**: `GET`",
  "- **请求体**:",
  "- **请求头**:",
  "- **成功响应体**:",
  "- **失败响应**:",
];

it.each([
  ["users-api.zh.md", ["users.test.ts", "users-model.test.ts"]],
  ["auth-api.zh.md", ["auth.test.ts"]],
])("every clause of %s is quoted above what holds it", (document, tests) => {
  const source = tests.map(read).join("\n");
  const clauses = clausesOf(read(document)).filter((clause) => !HEADINGS.includes(clause));
  expect(clauses.length).toBeGreaterThan(20);
  expect(clauses.filter((clause) => !isQuoted(source, clause))).toEqual([]);
});
