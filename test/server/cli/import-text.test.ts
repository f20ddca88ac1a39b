import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FOREIGN_HASHES } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator } from "./command.js";

const H = FOREIGN_HASHES[0]?.[1] ?? "";

let operator: Operator;
beforeEach(async () => {
  operator = await newOperator();
});
afterEach(() => operator.leave());

/** Imports a file; resolves to the counts and to what the report says of each refused row. */
async function imported(name: string, content: string | Uint8Array, ...options: readonly string[]) {
  const path = join(operator.folder, name);
  const report = join(operator.folder, "refused.csv");
  await writeFile(path, content);
  const words = ["users", "import", path, "--report", report, "--json", ...options];
  const { stdout, stderr } = await operator.run(words);
  if (stdout === "") throw new Error(stderr);
  const { rows, imported, present, refused } = JSON.parse(stdout).import;
  const lines = (await readFile(report, "utf8")).trimEnd().split("\r\n").slice(1);
  const refusals = lines.map((line) => line.split(",").slice(0, 2).join(" "));
  return { counts: [rows, imported, present, refused], refusals };
}
const show = async (email: string) => (await operator.json(["users", "show", email])).user;

describe("a row's line", () => {
  it.each([
    ["LF", "\n"],
    ["CR LF", "\r\n"],
    ["CR", "\r"],
    ["CR CR LF, which Python writes on Windows", "\r\r\n"],
  ])("is that in which it begins, with %s at the ends of lines and within quotes", async (_name, end) => {
    const rows = [
      "email,hash,shoe",
      `qa@x.example,${H},"a${end}b"`,
      `not-an-address,${H},x`,
      "",
      `also-not,${H},"${end}${end}"`,
      `nor-this,${H},`,
    ];
    const expected = {
      counts: [4, 1, 0, 3],
      refusals: ["4 EMAIL_INVALID", "6 EMAIL_INVALID", "9 EMAIL_INVALID"],
    };
    expect(await imported("u.csv", rows.join(end) + end)).toEqual(expected);
  });

  it("is right where lines end in different ways, as in files that were joined", async () => {
    const rows = `email,hash\nx,${H}\r\ny,${H}\rz,${H}\r\r\na@x.example,${H}`;
    const refusals = ["2 EMAIL_INVALID", "3 EMAIL_INVALID", "4 EMAIL_INVALID"];
    expect(await imported("u.csv", rows)).toEqual({ counts: [4, 1, 0, 3], refusals });
  });

  it.each(["\n", "\r\n", "\r", "\r\r\n"])("of JSON is that of the file, with %j", async (end) => {
    const rows = ["{}", "", '{"email":"x"}', JSON.stringify({ email: "a@x.example", hash: H }), "[1]"];
    expect(await imported("u.jsonl", rows.join(end))).toEqual({
      counts: [4, 1, 0, 3],
      refusals: ["1 EMAIL_MISSING", "3 EMAIL_INVALID", "5 ROW_UNREADABLE"],
    });
  });

  it("that is too long is refused as a row, and its neighbours are imported", async () => {
    const row = (email: string, more = "") => JSON.stringify({ email, hash: H, more });
    const rows = [row("a@x.example"), row("b@x.example", "x".repeat(1024 * 1024)), row("c@x.example")];
    const expected = { counts: [3, 2, 0, 1], refusals: ["2 ROW_UNREADABLE"] };
    expect(await imported("u.jsonl", rows.join("\n"))).toEqual(expected);
  });
});

describe("an encoding", () => {
  const csv = `email,hash,first_name\nzoë@x.example,${H},"Zoë 王😀"\n`;
  const jsonl = `${JSON.stringify({ email: "zoë@x.example", hash: H, first_name: "Zoë 王😀" })}\n`;
  const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();

  it.each([
    ["UTF-8", (text: string) => Buffer.from(text)],
    ["UTF-8 with a byte order mark", (text: string) => Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little end first, with a mark", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16, little end first, without a mark", (text: string) => Buffer.from(text, "utf16le")],
    ["UTF-16, big end first, with a mark", (text: string) => utf16be(`\ufeff${text}`)],
    ["UTF-16, big end first, without a mark", (text: string) => utf16be(text)],
  ])("%s is read", async (_name, encode) => {
    expect((await imported("u.csv", encode(csv))).counts).toEqual([1, 1, 0, 0]);
    expect(await show("zoë@x.example")).toMatchObject({ firstName: "Zoë 王😀" });
    await writeFile(join(operator.folder, "u.jsonl"), encode(jsonl));
    const { import: again } = await operator.json(["users", "import", join(operator.folder, "u.jsonl")]);
    expect(again).toMatchObject({ rows: 1, present: 1 });
  });
});

describe("no value", () => {
  it("is \\N without quotes, as MySQL and PostgreSQL write it", async () => {
    const row = `m@x.example,${H},\\N,\\N,\\N,\\N\nq@x.example,${H},"\\N",,,\n`;
    const head = "email,hash,first_name,phone,created_at,email_verified_at\n";
    expect((await imported("u.csv", head + row)).counts).toEqual([2, 2, 0, 0]);
    expect(await show("m@x.example")).toMatchObject({ firstName: null, phoneNumber: null });
    expect(await show("q@x.example")).toMatchObject({ firstName: "\\N" });
  });

  it("is NULL without quotes, where even the names of columns are in quotes, as in phpMyAdmin", async () => {
    const row = `"p@x.example","${H}",NULL,NULL,NULL\n"q@x.example","${H}","Null",NULL,"2024-05-01 08:15:30"\n`;
    const head = '"email","hash","first_name","phone","created_at"\n';
    expect((await imported("u.csv", head + row)).counts).toEqual([2, 2, 0, 0]);
    expect(await show("p@x.example")).toMatchObject({ firstName: null, phoneNumber: null });
    expect(await show("q@x.example")).toMatchObject({ firstName: "Null" });
  });

  it("is not NULL elsewhere: a user may have that name", async () => {
    expect((await imported("u.csv", `email,hash,last_name\nn@x.example,${H},Null\n`)).counts[1]).toBe(1);
    expect(await show("n@x.example")).toMatchObject({ lastName: "Null" });
  });
});

it("reads the text format of PostgreSQL and MySQL with its backslashes and without quotes", async () => {
  const rows = [
    "id\temail\thashed_password\tfirst_name\tphone",
    `1\ta@x.example\t${H}\t\\N\t\\N`,
    `2\tb@x.example\t${H}\t"Back\\\\slash\t`,
    `3\tc@x.example\t${H}\tTab\\there\t1`,
    `4\td@x.example\t${H}`,
  ];
  expect(await imported("u.tsv", `${rows.join("\n")}\n`)).toEqual({
    counts: [4, 2, 0, 2],
    refusals: ["4 TEXT_INVALID", "5 ROW_UNREADABLE"],
  });
  expect(await show("a@x.example")).toMatchObject({ firstName: null, phoneNumber: null });
  expect(await show("b@x.example")).toMatchObject({ firstName: '"Back\\slash', phoneNumber: "" });
});

it("reads MongoDB's extended JSON", async () => {
  const row = {
    _id: { $oid: "5f0c2f6e5f0c2f6e5f0c2f6e" },
    email: "m@x.example",
    password: H,
    created_at: { $date: "2024-05-01T08:15:30.000Z" },
    updated_at: { $date: { $numberLong: "1714551330000" } },
    email_verified_at: { $date: 5_000_000 },
    phone: { $numberLong: "13800138000" },
  };
  expect((await imported("u.jsonl", JSON.stringify(row))).counts).toEqual([1, 1, 0, 0]);
  expect(await show("m@x.example")).toMatchObject({
    createdAt: "2024-05-01T08:15:30.000Z",
    updatedAt: "2024-05-01T08:15:30.000Z",
    phoneNumber: "13800138000",
  });
});

describe("what an import says", () => {
  it.each([
    ["a file without names of columns", "u.csv", `ann@x.example,${H},secret-phone\n`],
    ["one whose first row holds a name that columns have", "u.csv", `active,Ann,${H},secret-phone\n`],
    ["rows of JSON by address", "u.jsonl", `{"ann@x.example":{"hash":"${H}"},"secret-phone":1}\n`],
    ["such rows beside others", "u.jsonl", `{"email":"b@x.example","hash":"${H}","ann@x.example":1}\n`],
    ["text with tabs", "u.tsv", `ann@x.example\t${H}\tsecret-phone\n`],
    [
      "a broken row",
      "u.csv",
      `email,hash\nann@x.example,${H},secret-phone\nann@x.example,"${H}"secret-phone\n`,
    ],
  ])("never shows a row's content: %s", async (_name, name, content) => {
    const path = join(operator.folder, name);
    await writeFile(path, content);
    for (const words of [
      ["users", "import", path],
      ["users", "import", path, "--json"],
    ]) {
      const { stdout, stderr } = await operator.run(words);
      expect(stdout + stderr).not.toMatch(/ann@|\$2b\$|secret-phone|Ann/);
      expect(stdout + stderr).not.toBe("");
    }
  });
});
