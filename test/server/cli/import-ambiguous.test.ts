import { writeFile } from "node:fs/promises";
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

async function importing(name: string, content: string, ...options: readonly string[]) {
  await writeFile(join(operator.folder, name), content);
  const { exitCode, stdout, stderr } = await operator.run(["users", "import", name, "--json", ...options]);
  return {
    exitCode,
    result: stdout === "" ? undefined : JSON.parse(stdout).import,
    error: stderr === "" ? undefined : JSON.parse(stderr).error,
  };
}
const emails = async (): Promise<string[]> =>
  (await operator.json(["users", "list"])).users.map((user: { email: string }) => user.email);

describe("a column that is there twice", () => {
  it.each([
    ["in CSV", "u.csv", `email,email,hash\na@x.example,b@x.example,${H}\n`, "email"],
    ["in another case", "u.csv", `email,Email,hash\na@x.example,b@x.example,${H}\n`, "email"],
    ["with blanks around it", "u.csv", `email,hash, email \na@x.example,${H},b@x.example\n`, "email"],
    ["of hashes", "u.csv", `email;HASH;hash\na@x.example;${H};x\n`, "hash"],
    ["with a name that is seldom used", "u.csv", `mail,Mail,hash\na@x.example,b@x.example,${H}\n`, "mail"],
    ["in text with tabs", "u.tsv", `email\thash\temail\na@x.example\t${H}\tb@x.example\n`, "email"],
    [
      "in a line of JSON",
      "u.jsonl",
      `{"email":"a@x.example","Email":"b@x.example","hash":"${H}"}\n`,
      "email",
    ],
    ["in a list", "u.json", `[{"role":"user","email":"a@x.example","hash":"${H}"},{"ROLE":"admin"}]`, "role"],
  ])("is refused before anything is imported: %s", async (_where, name, content, column) => {
    const { exitCode, error } = await importing(name, content);
    expect(error).toEqual({
      code: "COLUMNS_REPEATED",
      message:
        `${name} has more than one column named ${column}, not counting case and blanks: keep one of them. ` +
        "Nothing was imported.",
    });
    expect(exitCode).toBe(1);
    expect(await emails()).toEqual([]);
  });

  it.each([
    ["is not read anyway", `email,hash,note,note\na@x.example,${H},1,2\n`],
    ["has no name", `email,hash,,\na@x.example,${H},,\n`],
  ])("does no harm if it %s", async (_why, content) => {
    expect((await importing("u.csv", content)).result).toMatchObject({ imported: 1 });
    expect(await emails()).toEqual(["a@x.example"]);
  });

  it("is told from one in another spelling: the usual one counts, and the other is named as ignored", async () => {
    const content = `firstname,first_name,email,hash\nno,yes,a@x.example,${H}\n`;
    const { result } = await importing("u.csv", content);
    expect(result).toMatchObject({ columns: { firstName: "first_name" }, ignored: ["firstname"] });
    const { user } = await operator.json(["users", "show", "a@x.example"]);
    expect(user.firstName).toBe("yes");
  });
});

describe("a key that is there twice in an object of JSON", () => {
  it.each([
    ["as it is", `{"email":"a@x.example","email":"b@x.example","hash":"${H}"}`],
    ["written with an escape", `{"email":"a@x.example","e\\u006dail" : "b@x.example","hash":"${H}"}`],
    ["further inside", `{"email":"a@x.example","hash":"${H}","more":[{"a":{"b":1,"b":2}}]}`],
  ])("has its line refused: %s", async (_how, line) => {
    const good = `{"email":"c@x.example","hash":"${H}","note":"\\"email\\":1,\\"email\\":2"}`;
    const { exitCode, result } = await importing("u.jsonl", `${good}\n${line}\n`);
    expect(result).toMatchObject({
      imported: 1,
      refusals: [{ line: 2, reason: "KEY_REPEATED", explanation: "the row has the same key twice" }],
    });
    expect(exitCode).toBe(3);
    expect(await emails()).toEqual(["c@x.example"]);
  });

  it("has the document refused, with the line in it", async () => {
    const content = `[\n{"email":"a@x.example","hash":"${H}"},\n{"email":"b@x.example",\n"email":"c@x.example"}]`;
    const { exitCode, error } = await importing("u.json", content);
    expect(error).toEqual({
      code: "FILE_UNREADABLE",
      message: "u.json has the same key twice in one object, at line 4. Nothing was imported.",
    });
    expect(exitCode).toBe(1);
    expect(await emails()).toEqual([]);
  });
});

describe("values of JSON that follow each other", () => {
  const user = (name: string) => `{"email":"${name}@x.example","hash":"${H}"}`;

  it("on one line have that line refused, and the others are imported", async () => {
    const { result } = await importing("u.jsonl", `${user("a")}\n${user("b")}${user("c")}\n${user("d")}`);
    expect(result).toMatchObject({
      imported: 2,
      refusals: [
        {
          line: 2,
          reason: "VALUES_JOINED",
          explanation: "the line has several values: one JSON object is expected",
        },
      ],
    });
  });

  const LINES = "one JSON object per line is expected, or a single list of users. Nothing was imported.";
  const LIST =
    "a single list of users is expected, or an object whose `users` are one. Nothing was imported.";
  it.each([
    ["u.jsonl", `${user("a")}${user("b")}`, `u.jsonl: line 1 has several values; ${LINES}`],
    ["u.json", `\n${user("a")} ${user("b")}\n`, `u.json: line 2 has several values; ${LINES}`],
    ["u.jsonl", `${user("a")},${user("b")}`, `u.jsonl: line 1 has several values; ${LINES}`],
    ["u.jsonl", `[${user("a")}][${user("b")}]`, `u.jsonl: line 1 has several values; ${LINES}`],
    ["u.jsonl", `[${user("a")}]\n[${user("b")}]`, `u.jsonl: line 1 is not a JSON object; ${LINES}`],
    ["u.jsonl", `{\n"email":"a@x.example"\n}`, `u.jsonl: line 1 is not a JSON object; ${LINES}`],
    ["u.json", `[${user("a")}][${user("b")}]`, `u.json: another value begins at line 1; ${LIST}`],
    ["u.json", `[${user("a")}]\n\n[${user("b")}]`, `u.json: another value begins at line 3; ${LIST}`],
    ["u.json", `{"users":[\n]}\r\n{"users":[]}`, `u.json: another value begins at line 3; ${LIST}`],
    ["u.json", `{\n"email":1\n}\n{\n"email":2\n}`, `u.json: another value begins at line 4; ${LIST}`],
  ])("are refused where nothing else can be read: %s %j", async (name, content, message) => {
    const { exitCode, error } = await importing(name, content);
    expect(error).toEqual({ code: "FILE_UNREADABLE", message });
    expect(exitCode).toBe(1);
    expect(await emails()).toEqual([]);
  });
});
