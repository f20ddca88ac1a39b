import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteAccountStore } from "../../../../apps/server/src/features/accounts/store.sqlite.js";
import { openTestSqlite } from "../../../support/sqlite.js";

const open = () => {
  const { sqlite, path, close } = openTestSqlite();
  return { path, store: sqliteAccountStore(sqlite), close };
};

describe("an account that is kept in memory", () => {
  const UUID = "7d3f7c7a-2c0f-4a52-9a53-1d8a6f2f6b1e";
  let opened: ReturnType<typeof open>;
  /** Another program that writes to the same file. */
  let program: Database.Database;
  beforeEach(async () => {
    opened = open();
    program = new Database(opened.path);
    // As the `sqlite3` command has it.
    program.pragma("foreign_keys = OFF");
    await opened.store.insert({
      uuid: UUID,
      email: "kept@example.com",
      emailKey: "kept@example.com",
      username: "kept",
      usernameKey: "kept",
      hashedPassword: "$argon2i$first",
      createdAtMs: 1_000,
      firstName: "San",
      lastName: null,
      phoneNumber: "1",
    });
  });
  /** Writes it as another process would; what is read afterwards is for a later request. */
  const write = async (statement: string) => {
    program.exec(statement);
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  afterEach(() => {
    program.close();
    opened.close();
  });

  it("stays over commits that change no account", async () => {
    const kept = await opened.store.findByUuid(UUID);
    await write("INSERT INTO guesses (id, count, ends_at) VALUES ('some', 1, 2)");
    expect(await opened.store.findByUuid(UUID)).toBe(kept);
  });

  it.each([
    ["UPDATE users SET disabled = 1", { disabled: true }],
    ["UPDATE user_info SET first_name = 'Si'", { firstName: "Si" }],
    [
      "REPLACE INTO users SELECT id, uuid, email, email_key, username, username_key, 'other', 1, NULL, role, language, email_verified_at, must_change_password, 9, created_at, updated_at, factor_generation FROM users",
      { disabled: true, sessionEpoch: 9 },
    ],
    [
      "REPLACE INTO user_info SELECT id, user_id, 'Wu', last_name, phone_number FROM user_info",
      { firstName: "Wu" },
    ],
    ["DELETE FROM user_info", undefined],
    ["DELETE FROM users", undefined],
  ])("is read again after %s by any program", async (statement, change) => {
    expect(await opened.store.findByUuid(UUID)).toMatchObject({ disabled: false, firstName: "San" });
    await write(statement);
    const found = await opened.store.findByUuid(UUID);
    if (change === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(change);
  });

  it("is read each time if the count of changes is gone", async () => {
    await opened.store.findByUuid(UUID);
    await write("DELETE FROM account_changes");
    await opened.store.findByUuid(UUID);
    await write("UPDATE users SET disabled = 1");
    expect(await opened.store.findByUuid(UUID)).toMatchObject({ disabled: true });
  });
});
