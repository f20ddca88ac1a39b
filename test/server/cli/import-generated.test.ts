import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { login, send } from "../../support/rest.js";
import { startServer } from "../../support/server.js";
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator } from "./command.js";

// Each property runs hundreds of commands.
vi.setConfig({ testTimeout: 240_000 });

/** Fixed, so that every run is the same. fast-check prints the seed and the smallest failing case. */
const SEED = 20260301;
const RUNS = 60;

const H = FOREIGN_HASHES[0]?.[1] ?? "";
const OTHER = FOREIGN_HASHES[1]?.[1] ?? "";
const COLUMNS = ["id", "email", "hash", "first_name", "created_at", "note"] as const;
const LINE_ENDS = ["\n", "\r\n", "\r", "\r\r\n"] as const;

/** What becomes of a row, and its reason if it is refused. */
const KINDS = {
  new: undefined,
  present: undefined,
  taken: "EMAIL_TAKEN",
  "bad address": "EMAIL_INVALID",
  "no address": "EMAIL_MISSING",
  "no hash": "HASH_MISSING",
  "unknown hash": "HASH_UNKNOWN",
  "bad time": "TIME_INVALID",
  "bad name": "TEXT_INVALID",
  uneven: "ROW_UNREADABLE",
} as const;
type Kind = keyof typeof KINDS;

interface Row {
  readonly kind: Kind;
  readonly id: bigint;
  readonly note: string;
}
type Cells = ReadonlyArray<string | null>;

function cellsOf({ kind, id, note }: Row, index: number): Cells {
  const email = {
    present: "there@x.example",
    taken: "There@x.example",
    "bad address": "not-an-address",
    "no address": null,
  }[kind as string];
  const hash = { taken: OTHER, "no hash": null, "unknown hash": "5f4dcc3b5aa765d61d8327deb882cf99" }[
    kind as string
  ];
  return [
    String(id),
    email === undefined ? `u${index}@x.example` : email,
    hash === undefined ? H : hash,
    kind === "bad name" ? "a\nb" : "Zoë",
    kind === "bad time" ? "2024-02-30 10:00:00" : "2024-05-01 08:15:30+02",
    note,
  ];
}

/** A file, and the lines of its rows as they must be reported. */
interface Made {
  readonly name: string;
  readonly content: string;
  readonly lines: readonly number[];
}

interface Look {
  readonly end: (typeof LINE_ENDS)[number];
  readonly delimiter: "," | ";" | "\t";
  readonly quotesAll: boolean;
  readonly blankLines: boolean;
}

/** Lays out records as lines of a file: each begins where the ones before it end. */
function lay(records: readonly string[], { end, blankLines }: Look, head?: string) {
  let content = head === undefined ? "" : head + end;
  const linesIn = (text: string) => text.replace(/\r+\n/g, "\n").split(/[\r\n]/).length;
  const lines = records.map((record) => {
    const line = linesIn(content);
    content += record + end + (blankLines ? end : "");
    return line;
  });
  return { content, lines };
}

function csv(rows: readonly Row[], look: Look): Made {
  const cell = (text: string | null) => {
    if (text === null) return "";
    const mustQuote = look.quotesAll || /[",;\t\r\n]|^$|^\\N$|^null$/i.test(text);
    return mustQuote ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const records = rows.map((row, i) => {
    const cells = cellsOf(row, i).map(cell);
    return [...cells, ...(row.kind === "uneven" ? ["more"] : [])].join(look.delimiter);
  });
  return { name: "u.csv", ...lay(records, look, COLUMNS.map(cell).join(look.delimiter)) };
}

function tsv(rows: readonly Row[], look: Look): Made {
  const ESCAPES: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
  const cell = (text: string | null) =>
    text === null ? "\\N" : text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? "");
  const records = rows.map((row, i) => {
    const cells = cellsOf(row, i).map(cell);
    return (row.kind === "uneven" ? cells.slice(1) : cells).join("\t");
  });
  return { name: "u.tsv", ...lay(records, look, COLUMNS.join("\t")) };
}

function jsonl(rows: readonly Row[], look: Look): Made {
  const records = rows.map((row, i) => {
    const object = JSON.stringify(Object.fromEntries(cellsOf(row, i).map((cell, at) => [COLUMNS[at], cell])));
    return row.kind === "uneven" ? object.slice(1) : object;
  });
  return { name: "u.jsonl", ...lay(records, look) };
}

const TEXTS = { csv, tsv, jsonl };
const ENCODINGS = {
  "UTF-8": (text: string) => Buffer.from(text),
  "UTF-8 with a mark": (text: string) => Buffer.from(`\ufeff${text}`),
  "UTF-16LE": (text: string) => Buffer.from(text, "utf16le"),
  "UTF-16LE with a mark": (text: string) => Buffer.from(`\ufeff${text}`, "utf16le"),
  "UTF-16BE": (text: string) => Buffer.from(text, "utf16le").swap16(),
  "UTF-16BE with a mark": (text: string) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
};

const note = fc
  .array(
    fc.oneof(
      fc.constantFrom(...LINE_ENDS, '"', ",", ";", "\t", "\\", "\\N", "NULL", "é😀", " "),
      fc.string(),
    ),
  )
  .map((parts) => parts.join(""));
const kind = fc.constantFrom(...(Object.keys(KINDS) as Kind[]));
const id = fc.oneof(fc.bigInt({ min: -3n, max: 9n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const rows = fc.uniqueArray(fc.record({ kind, id, note }), { selector: (row) => row.id, maxLength: 12 });

async function importing(operator: Operator, name: string) {
  const path = join(operator.folder, name);
  const report = join(operator.folder, `${name}.refused.csv`);
  const { stdout, stderr, exitCode } = await operator.run([
    "users",
    "import",
    path,
    "--report",
    report,
    "--json",
  ]);
  if (stdout === "") throw new Error(`${exitCode}: ${stderr}`);
  const lines = (await readFile(report, "utf8")).trimEnd().split("\r\n").slice(1);
  return {
    ...JSON.parse(stdout).import,
    refusals: lines.map((line) => line.split(",").slice(0, 2).join(" ")),
  };
}

/** What must become of rows, each with its number. */
function expected(numbered: ReadonlyArray<{ readonly kind: Kind; readonly number: number }>) {
  const refused = numbered.filter(({ kind }) => KINDS[kind] !== undefined);
  const number = (of: Kind) => numbered.filter(({ kind }) => kind === of).length;
  return {
    rows: numbered.length,
    imported: number("new"),
    present: number("present"),
    refused: refused.length,
    refusals: refused
      .toSorted((one, other) => one.number - other.number)
      .map(({ kind, number }) => `${number} ${KINDS[kind]}`),
  };
}

/** An operator whose database has one user. */
async function startingWith(use: (operator: Operator) => Promise<void>): Promise<void> {
  const operator = await newOperator();
  try {
    await writeFile(join(operator.folder, "there.csv"), `email,hash\nthere@x.example,${H}\n`);
    await operator.json(["users", "import", join(operator.folder, "there.csv")]);
    await use(operator);
  } finally {
    await operator.leave();
  }
}

it("accounts for every row of a text file by its line, whatever its format, line ends and encoding", async () => {
  const look = fc.record({
    end: fc.constantFrom(...LINE_ENDS),
    delimiter: fc.constantFrom(",", ";", "\t"),
    quotesAll: fc.boolean(),
    blankLines: fc.boolean(),
  });
  const format = fc.constantFrom(...(Object.keys(TEXTS) as Array<keyof typeof TEXTS>));
  const encoding = fc.constantFrom(...(Object.keys(ENCODINGS) as Array<keyof typeof ENCODINGS>));
  await fc.assert(
    fc.asyncProperty(rows, look, format, encoding, (rows, look, format, encoding) =>
      startingWith(async (operator) => {
        const { name, content, lines } = TEXTS[format](rows, look);
        // Without a row nothing says what the columns of JSON are.
        if (format === "jsonl" && rows.every((row) => row.kind === "uneven")) return;
        await writeFile(join(operator.folder, name), ENCODINGS[encoding](content));
        const numbered = rows.map(({ kind }, i) => ({ kind, number: lines[i] ?? 0 }));
        expect(await importing(operator, name)).toMatchObject(expected(numbered));
      }),
    ),
    { numRuns: RUNS, seed: SEED },
  );
});

it("accounts for every row of a SQLite table by its number or place, whatever its shape and key", async () => {
  const shapes = {
    "INTEGER PRIMARY KEY":
      "CREATE TABLE %s (id INTEGER PRIMARY KEY, email, hash, first_name, created_at, note)",
    "TEXT KEY": "CREATE TABLE %s (id TEXT PRIMARY KEY, email, hash, first_name, created_at, note)",
    "WITHOUT ROWID":
      "CREATE TABLE %s (id TEXT PRIMARY KEY, email, hash, first_name, created_at, note) WITHOUT ROWID",
    "A COLUMN NAMED rowid":
      "CREATE TABLE %s (id TEXT, email, hash, first_name, created_at, note, RowId DEFAULT 5)",
    VIEW:
      "CREATE TABLE people (id TEXT, email, hash, first_name, created_at, note); " +
      "CREATE VIEW %s AS SELECT * FROM people",
  };
  const shape = fc.constantFrom(...(Object.keys(shapes) as Array<keyof typeof shapes>));
  const name = fc.constantFrom("users", "User", "USERS", "auth_user", '"user"');
  await fc.assert(
    fc.asyncProperty(rows, shape, name, (rows, shape, name) =>
      startingWith(async (operator) => {
        const kept = rows.filter(({ kind }) => kind !== "uneven");
        const database = new Database(join(operator.folder, "u.db"));
        database.exec(shapes[shape].replace("%s", name));
        const into = shape === "VIEW" ? "people" : name;
        const insert = database.prepare(
          `INSERT INTO ${into} (${COLUMNS.join(", ")}) VALUES (?, ?, ?, ?, ?, ?)`,
        );
        for (const [i, row] of kept.entries()) insert.run(...cellsOf(row, i));
        database.close();

        const isUsable = (id: bigint) => id > 0n && id <= BigInt(Number.MAX_SAFE_INTEGER);
        const byKey = kept.toSorted((one, other) => {
          if (shape === "INTEGER PRIMARY KEY") return one.id < other.id ? -1 : 1;
          return String(one.id) < String(other.id) ? -1 : 1;
        });
        const number = (row: Row) => {
          const hasOwnNumber = shape === "INTEGER PRIMARY KEY" && kept.every(({ id }) => isUsable(id));
          if (hasOwnNumber) return Number(row.id);
          const inOrder = shape === "TEXT KEY" || shape === "A COLUMN NAMED rowid" ? kept : byKey;
          return inOrder.indexOf(row) + 1;
        };
        const numbered = kept.map((row) => ({ kind: row.kind, number: number(row) }));
        expect(await importing(operator, "u.db")).toMatchObject(expected(numbered));
      }),
    ),
    { numRuns: RUNS, seed: SEED },
  );
});

function contents(databasePath: string) {
  const database = new Database(databasePath);
  const found = database
    .prepare(
      `SELECT uuid, email, email_key, username, username_key, hashed_password, disabled, disabled_reason, role, language,
        email_verified_at, must_change_password, created_at, updated_at, first_name, last_name, phone_number
      FROM users JOIN user_info ON user_info.user_id = users.id ORDER BY users.id`,
    )
    .all();
  database.close();
  return found;
}

it("imports what it exported without any difference, whatever names users have and whenever they came", async () => {
  const text = fc.oneof(
    fc.constantFrom(
      "",
      "\\N",
      "NULL",
      "null",
      '"',
      ",",
      ";",
      " a ",
      "=1+1",
      "\ufeffx",
      "\u2028",
      "007",
      "1e5",
    ),
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
  );
  const time = fc
    .date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString());
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const user = fc.record({
    uuid: maybe(fc.uuid()),
    username: maybe(text),
    hash: fc.constantFrom(...FOREIGN_HASHES.map(([, hash]) => hash)),
    disabled: fc.boolean(),
    disabled_reason: maybe(text),
    role: fc.constantFrom("user", "admin"),
    language: maybe(fc.constantFrom("en", "zh-CN")),
    email_verified_at: maybe(time),
    must_change_password: fc.boolean(),
    created_at: maybe(time),
    updated_at: maybe(time),
    first_name: maybe(text),
    last_name: maybe(text),
    phone_number: maybe(text),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(user, { minLength: 1, maxLength: 30 }), async (users) => {
      const from = await newOperator();
      const path = (name: string) => join(from.folder, name);
      const lines = users.map((each, i) => JSON.stringify({ email: `U${i}@x.example`, ...each }));
      await writeFile(path("start.jsonl"), lines.join("\n"));
      await from.run(["users", "import", path("start.jsonl"), "--admins"]);
      const before = contents(from.databasePath);
      for (const format of ["csv", "jsonl", "db"]) {
        await from.json(["users", "export", path(`out.${format}`)]);
        const to = await newOperator();
        const { import: result } = await to.json(["users", "import", path(`out.${format}`), "--admins"]);
        expect(result).toMatchObject({ rows: before.length, imported: before.length, refused: 0 });
        expect(contents(to.databasePath)).toEqual(before);
        await to.leave();
      }
      await from.leave();
    }),
    { numRuns: 25, seed: SEED },
  );
});

it("shows every date that can be imported in the form that /api/auth promises", async () => {
  const operator = await newOperator();
  const path = join(operator.folder, "u.csv");
  const times = [
    "0001-01-01",
    "1969-12-31T23:59:59.999Z",
    "2024-05-01 08:15:30+02",
    "9999-12-31T23:59:59.999Z",
  ];
  const rows = times.map((time, i) => `u${i}@x.example,${H},${time}`);
  await writeFile(path, ["email,hash,created_at", ...rows].join("\n"));
  await operator.json(["users", "import", path]);
  const server = await startServer({ databasePath: operator.databasePath });
  const shown: string[] = [];
  for (const i of times.keys()) {
    const token = await login(server, `u${i}@x.example`, FOREIGN_PASSWORD);
    shown.push((await send(server, "GET", "/api/auth/verify", { token })).json.data.created_at);
  }
  expect(shown).toEqual([
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2024-05-01T06:15:30Z",
    "9999-12-31T23:59:59Z",
  ]);
  await server.close();
  await operator.leave();
});
