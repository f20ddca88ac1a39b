import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import type { AccountStore } from "../../../../apps/server/src/features/accounts/store.js";
import { insertUsers, POSTGRES, type TestDatabases } from "../../../support/engines.js";

describe.skipIf(inject("postgresUrl") === "")("an account that is kept in memory", () => {
  let opened: TestDatabases;
  let store: AccountStore;
  beforeEach(async () => {
    opened = await POSTGRES.open();
    store = openAccountStore(opened.database);
    await insertUsers(opened.database, "a", "b");
  });
  afterEach(() => opened.close());

  /** Runs a statement as any program with access to the database may. */
  const run = async (text: string) => {
    const query = opened.other.storeOf({ sqlite: () => undefined, postgres: (postgres) => postgres.query });
    await query?.({ name: text.slice(0, 60), text }, []);
  };

  it("stays the same object while other accounts are changed", async () => {
    const kept = await store.findByUuid("a");
    await run("UPDATE users SET disabled = true WHERE uuid = 'b'");
    expect(await store.findByUuid("a")).toBe(kept);
  });

  it.each([
    ["UPDATE users SET disabled = true", { disabled: true }],
    ["UPDATE user_info SET first_name = 'Si'", { firstName: "Si" }],
    ["DELETE FROM user_info", undefined],
    ["DELETE FROM users", undefined],
    ["TRUNCATE user_info", undefined],
    ["TRUNCATE users CASCADE", undefined],
  ])("is read again after %s by any program", async (statement, change) => {
    expect(await store.findByUuid("a")).toMatchObject({ disabled: false, firstName: null });
    await run(statement);
    const found = await store.findByUuid("a");
    if (change === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(change);
  });

  it("is read each time if its texts are long", async () => {
    const long = "x".repeat(1_001);
    await run(`UPDATE user_info SET first_name = repeat('x', 1001)`);
    const first = await store.findByUuid("a");
    expect(first).toMatchObject({ firstName: long });
    expect(await store.findByUuid("a")).not.toBe(first);
  });
});
