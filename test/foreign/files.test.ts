import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { newOperator, type Operator } from "../server/cli/command.js";
import { FOREIGN_PASSWORD } from "../server/features/credentials/foreign-hashes.js";
import { send } from "../support/rest.js";
import { startServer } from "../support/server.js";

// Other programs' default costs take their time.
vi.setConfig({ testTimeout: 120_000 });

const FILES = join(import.meta.dirname, "files");

interface Expected {
  readonly options?: readonly string[];
  /** The local parts of those who sign in; all are at example.com. */
  readonly users: readonly string[];
  readonly disabled?: readonly string[];
  /** Refused rows, as the report names them. */
  readonly refused?: readonly string[];
  readonly passwords?: Readonly<Record<string, string>>;
  /** What is known of the first user. */
  readonly first?: Readonly<Record<string, unknown>>;
}

const PHP = ["php-bcrypt", "php-argon2i", "php-argon2id"];
const AT = "2024-05-01T08:15:30.000Z";
const PANDAS: Expected = {
  users: ["pandas-active", "pandas-unknown"],
  disabled: ["pandas-inactive"],
  first: { phoneNumber: "13800138000", createdAt: "2024-05-01T06:15:30.123Z" },
};
const POSTGRES: Expected = {
  users: ["pg1", "pg2"],
  refused: ["4 TEXT_INVALID", "6 HASH_MISSING"],
  first: { firstName: 'Zoë, "Z"', phoneNumber: null, createdAt: "2024-05-01T06:15:30.123Z" },
};

const EXPECTED: Readonly<Record<string, Expected>> = {
  "php.csv": { users: PHP, first: { firstName: 'Zoë "Z", the 1st', createdAt: AT, emailVerifiedAt: AT } },
  "php.jsonl": { users: PHP.map((name) => `json-${name}`), first: { createdAt: AT } },
  "passlib.csv": {
    users: ["argon2", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512", "scrypt", "bcrypt-sha256"].map(
      (name) => `passlib-${name}`,
    ),
    // Six rows of two lines each come before it.
    refused: ["14 EMAIL_INVALID"],
    first: { firstName: "Zoë" },
  },
  "django.db": {
    users: ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt"].map(
      (name) => `django-${name}`,
    ),
    disabled: ["django-inactive"],
    refused: ["7 HASH_UNKNOWN", "8 EMAIL_MISSING"],
    first: { username: "pbkdf2_sha256", firstName: "Zoë", lastName: "王" },
  },
  "werkzeug.db": {
    users: ["werkzeug0", "werkzeug1", "werkzeug2"],
    first: { username: "werkzeug0" },
  },
  "pandas.csv": PANDAS,
  "pandas-utf16.csv": PANDAS,
  "pandas.json": PANDAS,
  "pandas.jsonl": PANDAS,
  "sodium.db": { users: ["sodium"] },
  "sodium.jsonl": { users: ["json-sodium"] },
  "postgres-UTC.csv": POSTGRES,
  "postgres-Berlin.csv": POSTGRES,
  "postgres-Kolkata.csv": POSTGRES,
  "postgres.tsv": { ...POSTGRES, refused: ["4 TEXT_INVALID", "5 HASH_MISSING"] },
  "supabase.csv": {
    users: ["supabase", "supabase-firebase"],
    disabled: ["supabase-banned", "supabase-deleted"],
    refused: ["5 HASH_MISSING"],
    passwords: { "supabase-firebase": "user1password" },
    first: { createdAt: AT, emailVerifiedAt: AT },
  },
  "prisma.db": { users: ["prisma", "prisma2"], first: { createdAt: AT, emailVerifiedAt: AT } },
  "authjs.jsonl": { users: ["authjs"], first: { emailVerifiedAt: AT } },
  "mongoexport.json": { users: ["mongo"], first: { createdAt: AT } },
  "phpmyadmin.csv": { users: ["phpmyadmin"], first: { firstName: null, phoneNumber: null, createdAt: AT } },
  "mysql.csv": { users: ["mysql"], first: { firstName: null, phoneNumber: null } },
  "keycloak.json": {
    users: ["keycloak-sha1", "keycloak-sha-256", "keycloak-sha--512"],
    disabled: ["keycloak-argon2-id"],
    refused: ["5 HASH_UNKNOWN", "6 HASH_MISSING", "7 EMAIL_MISSING"],
    first: {
      uuid: "6f1c8a52-9d42-4a3e-9a54-0d1f6f0b7c04",
      username: "sha1",
      firstName: "Zoë",
      createdAt: "2024-05-01T08:15:30.123Z",
    },
  },
  "firebase.json": {
    options: ["--firebase-parameters", join(FILES, "firebase-parameters.txt")],
    users: ["firebase"],
    refused: ["2 HASH_MISSING"],
    passwords: { firebase: "user1password" },
    first: { createdAt: AT },
  },
};

/** Imports a file and has each of its users sign in. */
async function importAndSignIn(operator: Operator, path: string, expected: Expected) {
  const { options = [], users, disabled = [], refused = [], passwords = {} } = expected;
  const report = join(operator.folder, "refused.csv");
  const words = ["users", "import", path, ...options, "--report", report, "--json"];
  const { stdout, stderr } = await operator.run(words);
  if (stdout === "") throw new Error(stderr);
  const { import: result } = JSON.parse(stdout);
  const imported = users.length + disabled.length;
  expect(result).toMatchObject({ rows: imported + refused.length, imported, refused: refused.length });
  const reported = (await readFile(report, "utf8")).trimEnd().split("\r\n").slice(1);
  expect(reported.map((line) => line.split(",").slice(0, 2).join(" "))).toEqual(refused);

  const server = await startServer({ databasePath: operator.databasePath });
  const status = async (name: string, password: string) => {
    const json = { email: `${name}@example.com`, password };
    return (await send(server, "POST", "/api/users/login", { json })).status;
  };
  for (const name of [...users, ...disabled]) {
    const password = passwords[name] ?? FOREIGN_PASSWORD;
    expect([name, await status(name, password)]).toEqual([name, disabled.includes(name) ? 403 : 200]);
    expect([name, await status(name, `${password}!`)]).toEqual([name, 400]);
  }
  await server.close();
}

describe("a file of another program is imported, signed in with, exported and imported again", () => {
  const kinds = ["csv", "jsonl", "db"];

  it.each(Object.entries(EXPECTED))("%s", async (file, expected) => {
    const operator = await newOperator();
    await importAndSignIn(operator, join(FILES, file), expected);
    const [name = ""] = expected.users;
    const { user } = await operator.json(["users", "show", `${name}@example.com`]);
    if (expected.first !== undefined) expect(user).toMatchObject(expected.first);

    const kind = kinds[Object.keys(EXPECTED).indexOf(file) % kinds.length];
    const exported = join(operator.folder, `users.${kind}`);
    await operator.json(["users", "export", exported]);
    const other = await newOperator();
    await importAndSignIn(other, exported, { ...expected, options: [], refused: [] });
    if (expected.first !== undefined) {
      expect((await other.json(["users", "show", `${name}@example.com`])).user).toMatchObject(expected.first);
    }
    await other.leave();
    await operator.leave();
  });

  it("and no file is left out", () => {
    const files = readdirSync(FILES).filter((file) => file !== "firebase-parameters.txt");
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});

describe("an export of Firebase", () => {
  it("is refused without the project's parameters, with a sentence that says where they are", async () => {
    const operator = await newOperator();
    const { exitCode, stderr } = await operator.run(["users", "import", join(FILES, "firebase.json")]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("whose hashes cannot be compared without the project's key");
    expect(stderr).toContain("--firebase-parameters");
    await operator.leave();
  });

  it("is refused with a file that does not hold them", async () => {
    const operator = await newOperator();
    const words = ["--firebase-parameters", join(FILES, "mysql.csv")];
    const { stderr } = await operator.run(["users", "import", join(FILES, "firebase.json"), ...words]);
    expect(stderr).toContain("needs base64_signer_key, base64_salt_separator, rounds and mem_cost");
    expect(stderr).not.toContain("$2b$");
    await operator.leave();
  });
});
