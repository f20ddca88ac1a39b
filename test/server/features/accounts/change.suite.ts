import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ChangeOf, ChangeRefused, onCommit } from "../../../../apps/server/src/database/change.js";
import type {
  Account,
  BeforeAndAfter,
  NewAccount,
  NewNames,
} from "../../../../apps/server/src/features/accounts/store.js";
import type { OpenedAccountStore } from "./store.suite.js";

/** What every account store must uphold when accounts are changed and deleted, on any engine. */
export function accountChangeSuite(open: () => OpenedAccountStore | Promise<OpenedAccountStore>): void {
  let opened: OpenedAccountStore;
  let store: OpenedAccountStore["store"];
  let made = 0;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const newAccount = (): NewAccount => {
    made++;
    const email = `user${made}@example.com`;
    return {
      uuid: randomUUID(),
      email,
      emailKey: email,
      username: `User${made}`,
      usernameKey: `user${made}`,
      hashedPassword: "$argon2i$first",
      createdAtMs: 1_000,
      firstName: "San",
      lastName: null,
      phoneNumber: "1",
    };
  };
  const insert = async (change: Partial<NewAccount> = {}): Promise<Account> => {
    const result = await store.insert({ ...newAccount(), ...change });
    if (!("inserted" in result)) throw new Error("taken");
    return result.inserted;
  };
  const kept = (account: Account) => store.findByUuid(account.uuid);

  describe("the generation of an account's second factors", () => {
    const change = (account: Account, remain: boolean, atMs: number, ifGeneration?: number) =>
      store.change(account.id, { values: {}, atMs, factors: { remain, ifGeneration } });

    it("is another number after every change of the set, whatever the clock says, and 0 without factors", async () => {
      const account = await insert();
      expect(account.factorGeneration).toBe(0);
      await change(account, true, 5_000);
      expect(await kept(account)).toMatchObject({ factorGeneration: 5_000, sessionEpoch: 0 });
      await change(account, true, 5_000);
      expect(await kept(account)).toMatchObject({ factorGeneration: 5_001 });
      await change(account, true, 4_000);
      expect(await kept(account)).toMatchObject({ factorGeneration: 5_002 });
      await change(account, false, 6_000);
      expect(await kept(account)).toMatchObject({ factorGeneration: 0 });
    });

    it("stays as it is in every other change", async () => {
      const account = await insert();
      await change(account, true, 5_000);
      await store.change(account.id, { values: { firstName: "One" }, atMs: 6_000, endsSessions: true });
      expect(await kept(account)).toMatchObject({ factorGeneration: 5_000, firstName: "One" });
    });

    it("decides between changes that read the same set: one of them is made", async () => {
      const account = await insert();
      await change(account, true, 5_000);
      const changes = await Promise.all([1, 2, 3, 4].map(() => change(account, false, 6_000, 5_000)));
      expect(changes.filter((each) => "changed" in each)).toHaveLength(1);
      const refused = changes.filter((each) => !("changed" in each));
      expect(refused).toEqual([1, 2, 3].map(() => ({ refused: "changed meanwhile" })));
    });
  });

  describe("a change that requires an account", () => {
    it("is committed only while the account is there with the same epoch", async () => {
      const [account, other] = [await insert(), await insert()];
      const change = (values: { firstName: string }, required: Account) =>
        store.change(other.id, { values, atMs: 3_000 }, () => store.requiring(required));
      await change({ firstName: "One" }, account);
      expect(await kept(other)).toMatchObject({ firstName: "One" });
      await store.change(account.id, { values: {}, atMs: 3_000, endsSessions: true });
      await expect(change({ firstName: "Two" }, account)).rejects.toThrow(ChangeRefused);
      await store.delete(account.uuid);
      const gone = { ...account, sessionEpoch: account.sessionEpoch + 1 };
      await expect(change({ firstName: "Three" }, gone)).rejects.toThrow(ChangeRefused);
      expect(await kept(other)).toMatchObject({ firstName: "One" });
    });
  });

  describe("change", () => {
    it("sets what is given and leaves the rest", async () => {
      const account = await insert();
      const values = { firstName: null, phoneNumber: "2", language: "zh-CN", emailVerifiedAtMs: 9 } as const;
      const changed = { ...account, ...values, updatedAtMs: 3_000 };
      expect(await store.change(account.id, { values, atMs: 3_000 })).toEqual({ changed });
      expect(await kept(account)).toEqual(changed);
    });

    it("gives an account another address and username, by which it is found from then on", async () => {
      const account = await insert();
      const names = { email: "New@x.org", username: "New" };
      await store.change(account.id, { values: {}, names, atMs: 3_000 });
      expect(await store.findByEmailKey("new@x.org")).toMatchObject({
        uuid: account.uuid,
        email: "New@x.org",
      });
      expect(await store.findByUsernameKey("new")).toMatchObject({ uuid: account.uuid });
      expect(await store.findByEmailKey(account.email)).toBeUndefined();
    });

    it("takes no other account's name, but its own in another spelling, and then changes nothing", async () => {
      const account = await insert();
      const other = await insert();
      const taken = { values: { firstName: "X" }, atMs: 3_000 };
      const change = (names: NewNames) => store.change(account.id, { ...taken, names });
      expect(await change({ username: other.username })).toEqual({ taken: { email: false, username: true } });
      expect(await change({ email: other.email })).toEqual({ taken: { email: true, username: false } });
      expect(await kept(account)).toEqual(account);
      expect(await change({ username: account.username.toUpperCase() })).toHaveProperty("changed");
    });

    it("decides on the names that the account has then, not on those that its caller has read", async () => {
      const account = await insert();
      const change = (names: NewNames) => store.change(account.id, { values: {}, names, atMs: 3_000 });
      await change({ username: account.email });
      await change({ email: "new@x.org" });
      expect(await kept(account)).toMatchObject({ email: "new@x.org", username: "new@x.org" });
      expect(await change({ username: account.email })).toEqual({ refused: "foreign address" });
      expect(await kept(account)).toMatchObject({ username: "new@x.org" });
    });

    it("gives a name to one of many accounts that want it at once, in two processes", async () => {
      const accounts = await Promise.all(Array.from({ length: 10 }, () => insert()));
      const names = { email: "one@x.org", username: "One" };
      const wanted = { ...names, emailKey: "one@x.org", usernameKey: "one" };
      const results = await Promise.all([
        ...accounts.map(({ id }, i) =>
          (i % 2 ? store : opened.other).change(id, { values: {}, names, atMs: 3_000 }),
        ),
        store.insert({ ...newAccount(), ...wanted }),
      ]);
      const taken = { taken: { email: true, username: true } };
      const winners = results.filter((result) => !("taken" in result));
      expect(winners).toHaveLength(1);
      expect(results.filter((result) => "taken" in result)).toEqual(Array(10).fill(taken));
      expect(await store.findByUsernameKey("one")).toEqual(await opened.other.findByEmailKey("one@x.org"));
      for (const account of accounts) {
        const now = await kept(account);
        if (now?.username !== "One") expect(now).toEqual(account);
      }
    });

    it("keeps every one of many simultaneous changes of different fields, in two processes", async () => {
      const account = await insert();
      const values = [
        { firstName: "A" },
        { lastName: "B" },
        { phoneNumber: "C" },
        { language: "en" },
      ] as const;
      await Promise.all(
        values.map((each, i) =>
          (i % 2 ? store : opened.other).change(account.id, { values: each, atMs: 3_000 }),
        ),
      );
      const all = { firstName: "A", lastName: "B", phoneNumber: "C", language: "en" };
      expect(await kept(account)).toEqual({ ...account, ...all, updatedAtMs: 3_003 });
    });

    it("disables with a new session epoch, and enables without one", async () => {
      const account = await insert();
      await store.change(account.id, { values: { disabled: true, disabledReason: "spam" }, atMs: 3_000 });
      expect(await kept(account)).toMatchObject({ disabled: true, disabledReason: "spam", sessionEpoch: 1 });
      await store.change(account.id, { values: { disabled: false, disabledReason: null }, atMs: 4_000 });
      expect(await kept(account)).toMatchObject({ disabled: false, disabledReason: null, sessionEpoch: 1 });
    });

    it("ends sessions with another role, and with the same role only if asked to", async () => {
      const account = await insert();
      await store.change(account.id, { values: { role: "admin" }, atMs: 3_000 });
      await store.change(account.id, { values: { role: "admin" }, atMs: 3_000 });
      expect(await kept(account)).toMatchObject({ role: "admin", sessionEpoch: 1 });
      await store.change(account.id, { values: {}, atMs: 3_000, endsSessions: true });
      expect(await kept(account)).toMatchObject({ role: "admin", sessionEpoch: 2 });
    });

    it("succeeds once of many that start from the same reading, even within a millisecond", async () => {
      const account = await insert({ createdAtMs: 3_000 });
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? store : opened.other).change(account.id, {
            values: { firstName: String(i) },
            atMs: 3_000,
            ifUpdatedAtMs: account.updatedAtMs,
          }),
        ),
      );
      expect(results.filter((result) => "changed" in result)).toHaveLength(1);
      expect(results).toContainEqual({ refused: "changed meanwhile" });
      expect(await kept(account)).toMatchObject({ updatedAtMs: 3_001 });
    });

    it("commits a change made of the account before and after, and nothing if it is refused", async () => {
      const account = await insert();
      const told: unknown[] = [];
      const also: ChangeOf<BeforeAndAfter> = ({ before, after }) => onCommit(() => told.push(before, after));
      const change = { values: { firstName: "X" }, atMs: 3_000, ifUpdatedAtMs: account.updatedAtMs };
      await store.change(account.id, change, also);
      await store.change(account.id, change, also);
      expect(told).toEqual([account, { ...account, firstName: "X", updatedAtMs: 3_000 }]);
    });

    it("says that the account does not exist", async () => {
      expect(await store.change(4711, { values: { firstName: "X" }, atMs: 3_000 })).toEqual({
        refused: "gone",
      });
    });
  });

  describe("the last enabled administrator", () => {
    const takeAway = [
      ["disabled", (id: number) => store.change(id, { values: { disabled: true }, atMs: 3_000 })],
      ["demoted", (id: number) => store.change(id, { values: { role: "user" }, atMs: 3_000 })],
    ] as const;

    it.each(takeAway)("is never %s, whatever disabled administrators there are", async (_, change) => {
      const admin = await insert({ role: "admin" });
      const disabled = await insert({ role: "admin", disabled: true });
      expect(await change(admin.id)).toEqual({ refused: "last admin" });
      expect(await kept(admin)).toEqual(admin);
      expect(await change(disabled.id)).toHaveProperty("changed");
    });

    it("is never deleted", async () => {
      const admin = await insert({ role: "admin" });
      expect(await store.delete(admin.uuid)).toBe("last admin");
      expect(await kept(admin)).toEqual(admin);
    });

    it("may be edited in other ways", async () => {
      const admin = await insert({ role: "admin" });
      const change = { values: { firstName: "X", role: "admin" }, atMs: 3_000 } as const;
      expect(await store.change(admin.id, change)).toHaveProperty("changed");
    });

    it("remains when all are removed at once, in every way, by two processes", async () => {
      const admins = await Promise.all(Array.from({ length: 12 }, () => insert({ role: "admin" })));
      await Promise.all(
        admins.map(({ id, uuid }, i) => {
          const by = i % 2 ? store : opened.other;
          if (i % 3 === 0) return by.delete(uuid);
          const values = i % 3 === 1 ? { disabled: true } : ({ role: "user" } as const);
          return by.change(id, { values, atMs: 3_000 });
        }),
      );
      const left = (await Promise.all(admins.map(kept))).filter(
        (each) => each?.role === "admin" && !each.disabled,
      );
      expect(left).toHaveLength(1);
    });
  });

  describe("delete", () => {
    it("leaves nothing of the account, and frees its names", async () => {
      const account = await insert();
      const told: Account[] = [];
      const also: ChangeOf<Account> = (deleted) => onCommit(() => told.push(deleted));
      expect(await opened.other.delete(account.uuid, also)).toBe("deleted");
      expect(told).toEqual([account]);
      expect(await kept(account)).toBeUndefined();
      expect(await store.findByEmailKey(account.email)).toBeUndefined();
      expect(await store.delete(account.uuid)).toBe("gone");
      const again = {
        email: account.email,
        emailKey: account.email,
        usernameKey: account.username.toLowerCase(),
      };
      expect((await insert(again)).id).toBeGreaterThan(account.id);
    });
  });
}
