import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FOREIGN_HASHES } from "../features/credentials/foreign-hashes.js";
import { newOperator, type Operator } from "./command.js";

const HASH = FOREIGN_HASHES[0]?.[1] ?? "";
/** Every attribute that an account can have, and every one that it can lack. */
const USERS = [
  {
    uuid: "6f1c8a52-9d42-4a3e-9a54-0d1f6f0b7c11",
    email: "王小明@Example.com",
    username: "王小明",
    hash: HASH,
    disabled: true,
    disabled_reason: 'left; said "goodbye"',
    role: "admin",
    language: "zh-CN",
    email_verified_at: 1_600_000_000_123,
    must_change_password: true,
    created_at: 1_500_000_000_001,
    updated_at: 1_700_000_000_999,
    first_name: "",
    last_name: " ,Wang ",
    phone_number: "+86,138",
    second_factors: [
      {
        kind: "totp",
        name: "Phone, 1",
        uri: "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8",
      },
      {
        ...{
          kind: "passkey",
          name: 'my "key"',
          id: "4ZP0nGWWyfyXnM2kZ0tJ3Q",
          spki: "MFkwEwYH",
          algorithm: -7,
        },
        ...{ rp_id: "example.com", counter: 3, user_verified: true, backup_eligible: true, backed_up: false },
        ...{
          transports: "internal",
          aaguid: "08987058-cadc-4b81-b6e1-30de50dcbe96",
          created_at: 1_500_000_000_009,
        },
      },
    ],
  },
  { email: "Plain@example.com", hash: HASH, created_at: 1_500_000_000_000 },
];

let operator: Operator;
beforeAll(async () => {
  operator = await newOperator();
  const path = join(operator.folder, "start.jsonl");
  const lines = USERS.map((user) => JSON.stringify(user));
  await writeFile(path, lines.join("\n"));
  await operator.json(["users", "import", path, "--admins"]);
});
afterAll(() => operator.leave());

function contents(databasePath: string) {
  const database = new Database(databasePath);
  const rows = database
    .prepare(
      `SELECT uuid, email, email_key, username, username_key, hashed_password, disabled, disabled_reason, role, language,
        email_verified_at, must_change_password, created_at, updated_at, first_name, last_name, phone_number
      FROM users JOIN user_info ON user_info.user_id = users.id ORDER BY users.id`,
    )
    .all();
  const apps = database
    .prepare("SELECT user_id, name, secret, confirmed_at, created_at FROM totp_factors")
    .all();
  const passkeys = database.prepare("SELECT * FROM passkeys").all();
  database.close();
  return { rows, apps, passkeys };
}

it.each(["csv", "jsonl", "sqlite"])(
  "exports %s, and imports it elsewhere without any difference",
  async (format) => {
    const path = join(operator.folder, `users.${format}`);
    const { export: result } = await operator.json(["users", "export", path]);
    expect(result).toEqual({ file: path, format, users: 2 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const other = await newOperator();
    const { import: imported } = await other.json(["users", "import", path, "--admins"]);
    expect(imported).toMatchObject({ imported: 2, refused: 0, ignored: format === "sqlite" ? ["id"] : [] });
    expect(contents(other.databasePath)).toEqual(contents(operator.databasePath));
    await other.leave();
  },
);

it("never overwrites another file", async () => {
  const path = join(operator.folder, "precious.csv");
  await writeFile(path, "precious");
  const { exitCode, stderr } = await operator.run(["users", "export", path]);
  expect([exitCode, stderr]).toEqual([1, `latchkey: ${path} already exists: choose another file.\n`]);
  expect(await readFile(path, "utf8")).toBe("precious");
});

it("tries the file's path before the first user", async () => {
  const path = join(operator.folder, "no-such-folder", "users.csv");
  const { exitCode, stderr } = await operator.run(["users", "export", path]);
  expect([exitCode, stderr]).toEqual([
    1,
    `latchkey: ${path} cannot be written (ENOENT): check its folder.\n`,
  ]);
});

it("asks for the format if the file's name does not tell", async () => {
  const { exitCode, stderr } = await operator.run(["users", "export", join(operator.folder, "users")]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--format sqlite|csv|jsonl");
});
