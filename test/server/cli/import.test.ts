import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { login, send } from "../../support/rest.js";
import { startServer } from "../../support/server.js";
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator } from "./command.js";

const BCRYPT = FOREIGN_HASHES[0]?.[1] ?? "";

let operator: Operator;
beforeEach(async () => {
  operator = await newOperator();
});
afterEach(() => operator.leave());

const file = async (name: string, content: string | Uint8Array) => {
  const path = join(operator.folder, name);
  await writeFile(path, content);
  return path;
};
const listed = async (): Promise<{ email: string; username: string }[]> =>
  (await operator.json(["users", "list", "--limit", "1000"])).users;

describe("users import", () => {
  it("reads CSV with any separator, and keeps what the columns say", async () => {
    const rows = [
      "id;E-Mail;Password_Hash;is_active;First Name;phone;created_at;shoe size",
      `6f1c8a52-9d42-4a3e-9a54-0d1f6f0b7c11;Ann@Example.COM;${BCRYPT};true;"An;n ""the first""";1;1600000000;44`,
      `2;bob@example.com;${BCRYPT};0;"";;2020-01-02 03:04:05;44`,
    ];
    const path = await file("users.csv", `\ufeff${rows.join("\r\n")}\r\n`);
    const { import: result } = await operator.json(["users", "import", path]);
    expect(result).toMatchObject({ format: "csv", rows: 2, imported: 2, refused: 0, ignored: ["shoe size"] });
    expect((await operator.json(["users", "show", "ann@example.com"])).user).toMatchObject({
      uuid: "6f1c8a52-9d42-4a3e-9a54-0d1f6f0b7c11",
      firstName: 'An;n "the first"',
      phoneNumber: "1",
      disabled: false,
      createdAt: "2020-09-13T12:26:40.000Z",
    });
    const { user } = await operator.json(["users", "show", "bob@example.com"]);
    expect(user).toMatchObject({
      username: "bob@example.com",
      disabled: true,
      firstName: "",
      lastName: null,
      phoneNumber: null,
      createdAt: "2020-01-02T03:04:05.000Z",
    });
  });

  it("leaves the other separators in the cells, such as commas in an Argon2 hash", async () => {
    const argon2 =
      "$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$EOG5pPkHaNoTl3skJYMgCS/DraxxNKLdNWsTqc5A22o";
    const semicolons = await file("a.csv", `email;hash\na@example.com;${argon2}\n`);
    const commas = await file("b.csv", `email,hash,last_name\nb@example.com,"${argon2}",a;b\n`);
    for (const path of [semicolons, commas]) {
      expect((await operator.json(["users", "import", path])).import).toMatchObject({
        imported: 1,
        refused: 0,
      });
    }
  });

  it("reads JSON lines, and SQLite tables of another shape", async () => {
    const uuid = "6f1c8a52-9d42-4a3e-9a54-0d1f6f0b7c11";
    const ann = {
      id: uuid,
      email: "Ann@Example.COM",
      username: "ann",
      hashed_password: BCRYPT,
      is_active: false,
    };
    const lines = await file("users.jsonl", `${JSON.stringify(ann)}\n\n`);
    await operator.json(["users", "import", lines]);
    expect((await operator.json(["users", "show", "ann"])).user).toMatchObject({
      uuid,
      email: "Ann@example.com",
      disabled: true,
    });

    const path = join(operator.folder, "other.db");
    const database = new Database(path);
    database.exec(
      "CREATE TABLE user (id CHAR(32) PRIMARY KEY, email TEXT, hashed_password BLOB, is_verified INT)",
    );
    const insert = database.prepare("INSERT INTO user VALUES (?, ?, ?, 1)");
    insert.run("0123456789abcdef0123456789abcdef", "bob@example.com", Buffer.from(BCRYPT));
    database.close();
    await operator.json(["users", "import", path]);
    expect((await operator.json(["users", "show", "bob@example.com"])).user.uuid).toBe(
      "01234567-89ab-cdef-0123-456789abcdef",
    );
  });

  it("accepts hashes of every kind, and each user signs in with the old password", async () => {
    const users = FOREIGN_HASHES.map(([, hash], i) =>
      JSON.stringify({ email: `u${i}@example.com`, password: hash }),
    );
    const path = await file("users.jsonl", users.join("\n"));
    const server = await startServer({ databasePath: operator.databasePath });
    const { import: result } = await operator.json(["users", "import", path]);
    expect(result).toMatchObject({ imported: FOREIGN_HASHES.length, refused: 0 });
    for (const i of FOREIGN_HASHES.keys()) await login(server, `u${i}@example.com`, FOREIGN_PASSWORD);
    await server.close();
  });

  it("refuses rows with line and reason, imports the others, and says so with its exit code", async () => {
    const rows: ReadonlyArray<readonly [object | string, string]> = [
      [{ email: "ok@example.com", username: "ok", hash: BCRYPT }, ""],
      ["{ broken", "ROW_UNREADABLE"],
      [{ hash: BCRYPT }, "EMAIL_MISSING"],
      [{ email: "nobody", hash: BCRYPT }, "EMAIL_INVALID"],
      [{ email: "OK@example.com", hash: FOREIGN_HASHES[1]?.[1] }, "EMAIL_TAKEN"],
      [{ email: "a@example.com", username: "OK", hash: BCRYPT }, "USERNAME_TAKEN"],
      [{ email: "a@example.com", username: "x".repeat(51), hash: BCRYPT }, "USERNAME_INVALID"],
      [{ email: "a@example.com", username: "ok@example.com", hash: BCRYPT }, "USERNAME_INVALID"],
      [{ email: "a@example.com" }, "HASH_MISSING"],
      [{ email: "a@example.com", hash: "plain secret" }, "HASH_UNKNOWN"],
      [{ email: "a@example.com", hash: BCRYPT.replace("$04$", "$31$") }, "HASH_TOO_COSTLY"],
      [{ email: "a@example.com", hash: BCRYPT, uuid: "x" }, "UUID_INVALID"],
      [{ email: "a@example.com", hash: BCRYPT, disabled: "perhaps" }, "FLAG_INVALID"],
      [{ email: "a@example.com", hash: BCRYPT, created_at: "yesterday" }, "TIME_INVALID"],
      [{ email: "a@example.com", hash: BCRYPT, first_name: "a\u0000" }, "TEXT_INVALID"],
      [{ email: "a@example.com", hash: BCRYPT }, ""],
    ];
    const text = rows.map(([row]) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
    const path = await file("users.jsonl", text);
    const report = join(operator.folder, "refused.csv");
    const { exitCode, stdout, stderr } = await operator.run(["users", "import", path, "--report", report]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain("Imported 2 users, refused 14 rows.\n  line 2: the row cannot be read");
    const reported = (await readFile(report, "utf8")).trimEnd().split("\r\n").slice(1);
    const expected = rows.flatMap(([, reason], i) => (reason === "" ? [] : [`${i + 1},${reason}`]));
    expect(reported.map((line) => line.split(",").slice(0, 2).join(","))).toEqual(expected);
    expect((await stat(report)).mode & 0o777).toBe(0o600);
    for (const told of [stdout, stderr, reported.join()]) expect(told).not.toMatch(/\$2b\$|plain secret/);
    expect((await listed()).map(({ email }) => email)).toEqual(["ok@example.com", "a@example.com"]);
  });

  it("imports nothing in a dry run, and says what would happen", async () => {
    const rows = ["email,hash", `a@example.com,${BCRYPT}`, `A@example.com,${FOREIGN_HASHES[1]?.[1]}`, "b,c"];
    const path = await file("users.csv", rows.join("\n"));
    await operator.json(["users", "list"]);
    const { exitCode, stdout } = await operator.run(["users", "import", path, "--dry-run"]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain("Would import 1 user, refuse 2 rows.");
    expect(await listed()).toEqual([]);
    await operator.run(["users", "import", path]);
    expect(await listed()).toHaveLength(1);
  });

  it("skips existing users: a later copy of the same table brings only the new ones", async () => {
    const row = (name: string) => `${name}@example.com,${BCRYPT},2024-01-01T00:00:00Z`;
    const head = "email,hash,created_at";
    await operator.json(["users", "import", await file("a.csv", [head, row("a"), row("b")].join("\n"))]);
    const path = await file("b.csv", [head, row("a"), row("b"), row("c")].join("\n"));
    const { import: result } = await operator.json(["users", "import", path]);
    expect(result).toMatchObject({ imported: 1, present: 2, refused: 0 });
    expect(await listed()).toHaveLength(3);
  });

  it("makes no user an administrator unless told to", async () => {
    const row = (name: string) =>
      JSON.stringify({ email: `${name}@example.com`, hash: BCRYPT, role: "admin" });
    const roles = () => {
      const database = new Database(operator.databasePath);
      const found = database.prepare("SELECT role FROM users ORDER BY id").pluck().all();
      database.close();
      return found;
    };
    const { stdout } = await operator.run(["users", "import", await file("a.jsonl", row("a"))]);
    expect(stdout).toContain("--admins");
    await operator.run(["users", "import", await file("b.jsonl", row("b")), "--admins"]);
    expect(roles()).toEqual(["user", "admin"]);
  });

  it.each([
    ["x.csv", "", "needs columns for the email address and the password hash"],
    ["x.csv", "name,age\nx,1", "Its first row has 2 columns, and none of them has a known name."],
    ["x.csv", "email,age\nx,1", "It has 2 columns, of which only these have known names: email."],
    ["x.tsv", "email\tage\nx\t1", "It has 2 columns, of which only these have known names: email."],
    ["x.csv", 'email,hash\na,"b"c\n', "is not valid CSV at line 2"],
    ["x.csv", 'email,hash,a\r\na,b,"x\r\ny"\r\na,"b"c,d\r\n', "is not valid CSV at line 4"],
    ["x.csv", Buffer.from("email,hash\n\xff,b\n", "latin1"), "is not UTF-8: see line 2."],
    ["x.jsonl", Buffer.from('{"email":1}\r\n\r\n{"email":"\xff"}\n', "latin1"), "is not UTF-8: see line 3."],
    ["x.csv", Buffer.concat([Buffer.from("email,hash\n", "utf16le"), Buffer.from([0])]), "is not UTF-16LE"],
    ["x.json", '[{"email":"secret"', "x.json is not valid JSON. Nothing was imported."],
    [
      "x.json",
      '{"email":"secret"',
      "x.json: line 1 is not a JSON object; one JSON object per line is expected",
    ],
    ["x.json", '[["secret"]]', "It has none."],
    ["x.json", `["\\"",${"[".repeat(101)}`, "x.json is nested too deeply. Nothing was imported."],
    ["x.db", "SQLite format 3\0 but not really", "x.db cannot be read (SQLITE_NOTADB)."],
    ["x.txt", "", "Pass the format of"],
  ])("says why a file cannot be imported at all: %s %j", async (name, content, sentence) => {
    const { exitCode, stderr } = await operator.run(["users", "import", await file(name, content)]);
    expect(stderr).toContain(sentence);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(exitCode).toBeGreaterThan(0);
    expect(await listed()).toEqual([]);
  });
});

it("tries the report's path before the first row", async () => {
  const path = await file("u.csv", `email,hash\na@example.com,${BCRYPT}\n`);
  const report = join(operator.folder, "no-such-folder", "refused.csv");
  const { exitCode, stderr } = await operator.run(["users", "import", path, "--report", report]);
  expect([exitCode, stderr]).toEqual([
    1,
    `latchkey: ${report} cannot be written (ENOENT): check its folder.\n`,
  ]);
  expect(await listed()).toEqual([]);
  expect((await operator.json(["audit", "list"])).entries).toEqual([]);
});

it("says that the import is complete if only its report cannot be written any more", async () => {
  const path = await file("u.csv", `email,hash\na@example.com,${BCRYPT}\nb,${BCRYPT}\n`);
  // A file that does not exist until the import creates it.
  const report = operator.databasePath;
  const { exitCode, stderr } = await operator.run(["users", "import", path, "--report", report]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("The import is complete, but ");
  expect(stderr).toContain("Run it again with --resume and --report to get the report.");
  expect(await listed()).toHaveLength(1);
});

it.each([
  ["a folder", "is not a file"],
  ["a missing file", "does not exist"],
])("takes %s for what it is, not for a fault of the database", async (kind, sentence) => {
  const path = kind === "a folder" ? operator.folder : join(operator.folder, "missing.csv");
  const { exitCode, stderr } = await operator.run(["users", "import", path]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`${path} ${sentence}.`);
});

it("imports while a server answers, and the server knows the new users immediately", async () => {
  const server = await startServer({ databasePath: operator.databasePath });
  const json = { email: "late@example.com", password: FOREIGN_PASSWORD };
  expect((await send(server, "POST", "/api/users/login", { json })).status).toBe(400);
  const path = await file("u.csv", `email,hash\nlate@example.com,${BCRYPT}\n`);
  expect((await operator.spawn(["users", "import", path])).exitCode).toBe(0);
  expect((await send(server, "POST", "/api/users/login", { json })).status).toBe(200);
  await server.close();
});
