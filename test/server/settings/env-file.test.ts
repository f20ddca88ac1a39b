import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvFile } from "../../../apps/server/src/settings/env-file.js";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => parseEnvFile(bytesOf(text));
const valuesOf = (text: string) => {
  const { entries, faults } = read(text);
  expect(faults).toEqual([]);
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
};

describe("a settings file", () => {
  it.each([
    ["PORT=8000", { PORT: "8000" }],
    ["  PORT = 8000  ", { PORT: "8000" }],
    ["export PORT=8000", { PORT: "8000" }],
    ["\ufeffPORT=8000\nWORKERS=2", { PORT: "8000", WORKERS: "2" }],
    ["PORT=8000\r\nWORKERS=2\r\n", { PORT: "8000", WORKERS: "2" }],
    ["# PORT=1\n\nPORT=8000 # not 8080", { PORT: "8000" }],
    ["APP_NAME=Bob's", { APP_NAME: "Bob's" }],
    ["APP_NAME='a # b'", { APP_NAME: "a # b" }],
    ['APP_NAME=" a " # kept', { APP_NAME: " a " }],
    ['KEY="one\ntwo"\nPORT=1', { KEY: "one\ntwo", PORT: "1" }],
    ['KEY="one\\ntwo"', { KEY: "one\ntwo" }],
    ["A=b=c", { A: "b=c" }],
    ["A=", { A: "" }],
    ["A= # nothing", { A: "" }],
    ["A=1\n\ufeffPORT=2", { A: "1", PORT: "2" }],
    ["A=$HOME", { A: "$HOME" }],
  ])("reads %j", (text, values) => {
    expect(valuesOf(text)).toEqual(values);
  });

  it.each([
    ["A=1\nPORT: 8000", "Line 2 of .env has a colon after the name: write NAME=value."],
    ["PORT 8000", "Line 1 of .env is not NAME=value."],
    ["A=1\n\n# c\n{", "Line 4 of .env is not NAME=value."],
    [
      "DATABASE_URL=/x/a#b.db",
      "Line 1 of .env sets DATABASE_URL, but the value contains #: put it in quotation marks.",
    ],
    ["A=#1", "Line 1 of .env sets A, but the value contains #: put it in quotation marks."],
    ["A='x", "Line 1 of .env sets A, but its quotation mark is not closed."],
    ["A='x' y", "Line 1 of .env sets A, but something follows the closing quotation mark."],
    ["A='Bob's'", "Line 1 of .env sets A, but something follows the closing quotation mark."],
    ["A=x\u0007y", "Line 1 of .env sets A to a value with a control character."],
    ["A=1\rB=2", ".env has carriage returns that do not end a line: remove them."],
    ["# old\rPORT=1", ".env has carriage returns that do not end a line: remove them."],
    ["A=\0", ".env contains NUL bytes: save it as UTF-8 text."],
  ])("refuses %j with the line's number", (text, fault) => {
    expect(read(text).faults).toEqual([fault]);
  });

  it.each([
    ["UTF-16LE", Buffer.from("\ufeffPORT=8000\n", "utf16le"), /UTF-16/],
    ["UTF-16BE", Buffer.from("\ufeffPORT=8000\n", "utf16le").swap16(), /UTF-16/],
    ["UTF-16LE without a mark", Buffer.from("PORT=8000\n", "utf16le"), /NUL bytes/],
    ["Latin-1", Buffer.from("APP_NAME=Käse\n", "latin1"), /not valid UTF-8/],
  ])("is refused in %s", (_, bytes, fault) => {
    expect(parseEnvFile(bytes)).toEqual({ entries: [], faults: [expect.stringMatching(fault)] });
  });

  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/).filter((text) => text !== "__proto__");
  const line = fc.string({ unit: "binary" }).filter((text) => !/[\n\r\0]|\p{Cs}/u.test(text));
  const printable = fc.string({ unit: "grapheme" }).filter((text) => !/\p{Cc}|\p{Cs}/u.test(text));

  it("is read as it was written, in any style of writing", () => {
    const entry = fc.record({
      name,
      value: printable,
      mark: fc.constantFrom('"', "'", "`", ""),
      before: fc.constantFrom("", "  ", "export ", "# a = 'b\n", "\n\t\n"),
      around: fc.constantFrom("", " "),
      after: fc.constantFrom("", " ", " # comment = 'x"),
    });
    const ends = fc.constantFrom("\n", "\r\n");
    fc.assert(
      fc.property(fc.array(entry), ends, fc.boolean(), (entries, end, mark) => {
        const written = entries.map((one) => {
          const value = one.value.replaceAll("\\n", "").replaceAll(one.mark || "\0", "");
          const bare = /^["'`]|#/.test(value.trim()) ? "" : value.trim();
          return { ...one, value: one.mark === "" ? bare : value };
        });
        const text = written
          .map(({ name, value, mark, before, around, after }) =>
            [before, name, around, "=", around, mark, value, mark, after, "\n"].join(""),
          )
          .join("");
        const file = (mark ? "\ufeff" : "") + text.replaceAll("\n", end);
        expect(valuesOf(file)).toEqual(Object.fromEntries(written.map(({ name, value }) => [name, value])));
      }),
    );
  });

  it("gives what the line says, or refuses it", () => {
    fc.assert(
      fc.property(name, line, (key, written) => {
        const { entries, faults } = read(`${key}=${written}\n`);
        expect(entries.length + faults.length).toBe(1);
        const [{ value } = { value: undefined }] = entries;
        if (value === undefined) return;
        const text = written.trim();
        const [, , inside = "", comment] = /^(["'`])(.*?)\1\s*(#.*)?$/.exec(text) ?? [];
        const unescaped = text.startsWith('"') ? inside.replaceAll("\\n", "\n") : inside;
        const isComment = /^(\s+#|$)/.test(text.slice(value.length));
        if (/^["'`]/.test(text))
          expect([value, comment ?? "#"]).toEqual([unescaped, expect.stringMatching(/^#/)]);
        else expect([text.slice(0, value.length), isComment]).toEqual([value, true]);
      }),
      { numRuns: 2000 },
    );
  });

  it("means what it means to Node, unless it is refused or a value is blank", () => {
    const pieces = fc.constantFrom(
      ..."=#'\"` \t\n:".split(""),
      "\n",
      "PORT",
      "A",
      "\\n",
      "\r\n",
      "export ",
      "x",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        const text = parts.join("");
        // There Node takes the next line for the value.
        fc.pre(!/=\s*$/m.test(text));
        // After another comment, Node takes an indented one with `=` for a variable named `#`.
        fc.pre(!/^[^\S\n]+#/m.test(text));
        const { entries, faults } = read(text);
        if (faults.length > 0) return;
        expect(Object.fromEntries(entries.map(({ name, value }) => [name, value]))).toEqual({
          ...parseEnv(text),
        });
      }),
      { numRuns: 3000 },
    );
  });

  it("never fails otherwise, whatever its bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { entries, faults } = parseEnvFile(bytes);
        for (const fault of faults) expect(fault).toMatch(/\.env .*\.$/);
        for (const { value } of entries) expect(value).not.toMatch(/\0/);
      }),
      { numRuns: 2000 },
    );
  });
});
