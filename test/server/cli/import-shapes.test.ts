import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { login } from "../../support/rest.js";
import { startServer } from "../../support/server.js";
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator } from "./command.js";

const H = FOREIGN_HASHES[0]?.[1] ?? "";
const UUID = "6f1c8a52-9d42-4a3e-9a54-0d1f6f0b7c11";

let operator: Operator;
let path: string;
beforeEach(async () => {
  operator = await newOperator();
  path = join(operator.folder, "old.db");
});
afterEach(() => operator.leave());

function make(sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}
const listed = async (): Promise<string[]> =>
  (await operator.json(["users", "list", "--limit", "1000"])).users.map(
    (user: { email: string }) => user.email,
  );

describe("every row of a SQLite table is imported or refused", () => {
  it.each([
    [
      "row numbers of 0 and less, which administrators and system users have",
      `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT);
       INSERT INTO users VALUES (-9223372036854775808, 'a@x.example', '${H}'), (-1, 'b@x.example', '${H}'),
         (0, 'c@x.example', '${H}'), (1, 'd@x.example', '${H}');`,
    ],
    [
      "row numbers beyond what JavaScript can count",
      `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT);
       INSERT INTO users VALUES (1, 'a@x.example', '${H}'), (9007199254740992, 'b@x.example', '${H}'),
         (9007199254740993, 'c@x.example', '${H}'), (9223372036854775807, 'd@x.example', '${H}');`,
    ],
    [
      "a table without row numbers",
      `CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT, password TEXT) WITHOUT ROWID;
       INSERT INTO users VALUES ('z', 'a@x.example', '${H}'), ('b', 'b@x.example', '${H}'),
         ('', 'c@x.example', '${H}'), ('y', 'd@x.example', '${H}');`,
    ],
    [
      "a column named rowid",
      `CREATE TABLE users (rowid TEXT, email TEXT, password TEXT);
       INSERT INTO users VALUES ('x', 'a@x.example', '${H}'), ('x', 'b@x.example', '${H}'),
         (NULL, 'c@x.example', '${H}'), (7, 'd@x.example', '${H}');`,
    ],
    [
      "columns with all names of row numbers",
      `CREATE TABLE users (ROWID TEXT, _rowid_ TEXT, oid TEXT, email TEXT, password TEXT);
       INSERT INTO users (email, password) VALUES ('a@x.example', '${H}'), ('b@x.example', '${H}'),
         ('c@x.example', '${H}'), ('d@x.example', '${H}');`,
    ],
    [
      "Prisma's table, whose name begins with a capital",
      `CREATE TABLE "User" (id TEXT PRIMARY KEY, email TEXT, passwordHash TEXT);
       INSERT INTO "User" VALUES ('1', 'a@x.example', '${H}'), ('2', 'b@x.example', '${H}'),
         ('3', 'c@x.example', '${H}'), ('4', 'd@x.example', '${H}');`,
    ],
    [
      "a view, with a column that is computed",
      `CREATE TABLE people (mail TEXT, pw TEXT); CREATE VIEW USERS AS
         SELECT lower(mail) AS email, pw AS password FROM people UNION ALL SELECT 'd@x.example', '${H}';
       INSERT INTO people VALUES ('A@x.example', '${H}'), ('b@x.example', '${H}'), ('c@x.example', '${H}');`,
    ],
    [
      "a generated column",
      `CREATE TABLE users (name TEXT, password TEXT, email TEXT AS (name || '@x.example'));
       INSERT INTO users VALUES ('a', '${H}'), ('b', '${H}'), ('c', '${H}'), ('d', '${H}');`,
    ],
    [
      "two rows of personal data for one user, and none for others",
      `CREATE TABLE Users (ID INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT);
       CREATE TABLE USER_INFO (id INTEGER PRIMARY KEY, USER_ID INTEGER, First_Name TEXT);
       INSERT INTO Users VALUES (1, 'a@x.example', '${H}'), (2, 'b@x.example', '${H}'),
         (3, 'c@x.example', '${H}'), (4, 'd@x.example', '${H}');
       INSERT INTO user_info VALUES (5, 2, 'first'), (6, 2, 'second'), (7, NULL, 'lost'), (8, 99, 'lost');`,
    ],
    [
      "a strict table that ignores letter case, beside a view named user",
      `CREATE TABLE users (email TEXT COLLATE NOCASE, password TEXT) STRICT;
       CREATE VIEW user AS SELECT 1;
       INSERT INTO users VALUES ('d@x.example', '${H}'), ('b@x.example', '${H}'), ('c@x.example', '${H}'),
         ('a@x.example', '${H}');`,
    ],
  ])("%s", async (_shape, sql) => {
    make(sql);
    const { import: result } = await operator.json(["users", "import", path]);
    expect(result).toMatchObject({ rows: 4, imported: 4, present: 0, refused: 0 });
    expect((await listed()).sort()).toEqual(["a@x.example", "b@x.example", "c@x.example", "d@x.example"]);
    const { import: again } = await operator.json(["users", "import", path]);
    expect(again).toMatchObject({ rows: 4, imported: 0, present: 4, refused: 0 });
  });

  it("takes the first personal data of a user, in tables of any letter case", async () => {
    make(`CREATE TABLE Users (ID INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT, first_name TEXT);
      CREATE TABLE USER_INFO (id INTEGER PRIMARY KEY, USER_ID INTEGER, First_Name TEXT, Phone TEXT);
      INSERT INTO Users VALUES (1, 'a@x.example', '${H}', 'own');
      INSERT INTO user_info VALUES (6, 1, 'second', '2'), (5, 1, 'first', '1');`);
    await operator.json(["users", "import", path]);
    const { user } = await operator.json(["users", "show", "a@x.example"]);
    expect(user).toMatchObject({ firstName: "own", phoneNumber: "1" });
  });

  it("names the row's number in the report, or its place if there are no such numbers", async () => {
    make(`CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT);
      INSERT INTO users VALUES (7, 'a@x.example', '${H}'), (70, 'not-an-address', '${H}');`);
    const numbered = await operator.run(["users", "import", path]);
    expect(numbered.stdout).toContain("  line 70: the address is not valid");
    make("INSERT INTO users VALUES (0, 'b@x.example', NULL)");
    const report = join(operator.folder, "refused.csv");
    const { stdout } = await operator.run(["users", "import", path, "--report", report]);
    expect(stdout).toContain("they are counted from 1 in the order of their values");
    const rows = (await readFile(report, "utf8")).trimEnd().split("\r\n").slice(1);
    // In the order of `id`: 0, 7, 70.
    expect(rows.map((row) => row.split(",").slice(0, 2))).toEqual([
      ["1", "HASH_MISSING"],
      ["3", "EMAIL_INVALID"],
    ]);
  });

  it("keeps numbers of any size, bytes of a uuid, and a hash in libsodium's buffer", async () => {
    const sodium =
      "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E";
    make(`CREATE TABLE users (id BLOB PRIMARY KEY, email TEXT, hashed_password BLOB, phone INTEGER);
      INSERT INTO users VALUES (x'${UUID.replaceAll("-", "")}', 'a@x.example',
        CAST('${sodium}' || char(0) || char(0) || char(0) AS BLOB), 9007199254740993);`);
    await operator.json(["users", "import", path]);
    const { user } = await operator.json(["users", "show", "a@x.example"]);
    expect(user).toMatchObject({ uuid: UUID, phoneNumber: "9007199254740993" });
    const server = await startServer({ databasePath: operator.databasePath });
    await login(server, "a@x.example", "password");
    await server.close();
  });

  it("refuses bytes that are not text, rather than changing them", async () => {
    make(`CREATE TABLE users (email TEXT, password TEXT, first_name BLOB);
      INSERT INTO users VALUES ('a@x.example', '${H}', x'ff61');`);
    const { stdout } = await operator.run(["users", "import", path]);
    expect(stdout).toContain("line 1: a name, a phone number or a reason is not text");
  });

  it("says which names of tables it looks for", async () => {
    make("CREATE TABLE people (email TEXT, password TEXT)");
    const { stderr } = await operator.run(["users", "import", path]);
    expect(stderr).toContain("old.db has no table or view named users, user or auth_user.");
  });

  it("reads the table as it was when the import began, while its program goes on writing", async () => {
    make(`PRAGMA journal_mode = WAL; CREATE TABLE users (email TEXT, password TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
      INSERT INTO users SELECT 'u' || i || '@x.example', '${H}' FROM n;`);
    const writer = new Database(path);
    const insert = writer.prepare("INSERT INTO users VALUES (?, ?)");
    let written = 0;
    const timer = setInterval(() => insert.run(`late${written++}@x.example`, H), 1);
    const { import: result } = await operator.json(["users", "import", path]);
    clearInterval(timer);
    writer.close();
    expect(result.imported).toBe(result.rows);
    expect(result).toMatchObject({ present: 0, refused: 0 });
  });

  it("lets the users of a view sign in", async () => {
    make(`CREATE TABLE people (mail TEXT, pw TEXT); INSERT INTO people VALUES ('a@x.example', '${H}');
      CREATE VIEW users AS SELECT mail AS email, pw AS password FROM people;`);
    await operator.json(["users", "import", path]);
    const server = await startServer({ databasePath: operator.databasePath });
    await login(server, "a@x.example", FOREIGN_PASSWORD);
    await server.close();
  });
});
