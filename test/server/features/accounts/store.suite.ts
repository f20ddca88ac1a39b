import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type {
  Account,
  AccountStore,
  NewAccount,
} from "../../../../apps/server/src/features/accounts/store.js";

export interface OpenedAccountStore {
  readonly store: AccountStore;
  /** A second store over the same database, as another process has it. */
  readonly other: AccountStore;
  close(): void | Promise<void>;
}

/** What every account store must uphold, on any engine. */
export function accountStoreSuite(open: () => OpenedAccountStore | Promise<OpenedAccountStore>): void {
  let opened: OpenedAccountStore;
  let store: AccountStore;
  let made = 0;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const newAccount = (change: Partial<NewAccount> = {}): NewAccount => {
    made++;
    return {
      uuid: randomUUID(),
      email: `User${made}@example.com`,
      emailKey: `user${made}@example.com`,
      username: `User${made}`,
      usernameKey: `user${made}`,
      hashedPassword: "$argon2i$first",
      createdAtMs: 1_000,
      firstName: "San",
      lastName: null,
      phoneNumber: "1",
      ...change,
    };
  };
  const insert = async (change: Partial<NewAccount> = {}): Promise<Account> => {
    const result = await store.insert(newAccount(change));
    if (!("inserted" in result)) throw new Error("taken");
    return result.inserted;
  };

  const disable = (account: Account, { atMs = 3_000, by = store } = {}) =>
    by.change(account.id, { values: { disabled: true }, atMs });
  /** A new password, set with the old one. */
  const newPassword = (hashedPassword: string, ifEpoch = 0) => ({
    values: { hashedPassword, mustChangePassword: false },
    atMs: 2_000,
    ifHash: "$argon2i$first",
    ifEpoch,
    ifEnabled: true as const,
    endsSessions: true as const,
  });

  describe("insert and find", () => {
    it("finds an account by uuid, address and username as it was inserted", async () => {
      const account = await insert();
      expect(account).toMatchObject({ disabled: false, sessionEpoch: 0, updatedAtMs: 1_000, lastName: null });
      expect(await store.findByUuid(account.uuid)).toEqual(account);
      expect(await store.findByEmailKey(account.email.toLowerCase())).toEqual(account);
      expect(await store.findByUsernameKey(account.username.toLowerCase())).toEqual(account);
    });

    it("keeps the attributes it was inserted with, and otherwise creates an ordinary account", async () => {
      expect(await insert()).toMatchObject({
        disabledReason: null,
        role: "user",
        language: null,
        emailVerifiedAtMs: null,
        mustChangePassword: false,
      });
      const given = {
        disabled: true,
        disabledReason: "moved away",
        role: "admin",
        language: "zh-CN",
        emailVerifiedAtMs: 900,
        mustChangePassword: true,
      } as const;
      const account = await insert(given);
      expect(account).toMatchObject(given);
      expect(await store.findByUuid(account.uuid)).toEqual(account);
    });

    it("finds nothing for an unknown account", async () => {
      expect(await store.findByUuid(randomUUID())).toBeUndefined();
      expect(await store.findByEmailKey("nobody@example.com")).toBeUndefined();
      expect(await store.findByUsernameKey("nobody")).toBeUndefined();
    });

    it("says which name is taken", async () => {
      const { email } = await insert({ usernameKey: "taken" });
      const emailKey = email.toLowerCase();
      expect(await store.insert(newAccount({ emailKey }))).toEqual({
        taken: { email: true, username: false },
      });
      expect(await store.insert(newAccount({ usernameKey: "taken" }))).toEqual({
        taken: { email: false, username: true },
      });
      expect(await store.taken({ emailKey, usernameKey: "taken" })).toEqual({ email: true, username: true });
    });

    it("inserts exactly one of many concurrent identical accounts, from two processes", async () => {
      const alike = Array.from({ length: 40 }, () =>
        newAccount({ emailKey: "one@example.com", usernameKey: "one" }),
      );
      const results = await Promise.all(alike.map((each, i) => (i % 2 ? store : opened.other).insert(each)));
      expect(results.filter((result) => "inserted" in result)).toHaveLength(1);
    });
  });

  describe("keys", () => {
    const international = (label: string) => ({
      email: `a@${label}.example`,
      emailKey: `a@${label}.example`,
    });
    const keysOf = async (account: Account) => {
      const listed = await store.listUnusual({ afterId: account.id - 1, limit: 1 });
      return listed.find(({ uuid }) => uuid === account.uuid);
    };

    it("are in the present form in a new database, and the form changes once", async () => {
      expect(await store.keyForm()).toBe(1);
      const set = await Promise.all([store.setKeyForm(2), opened.other.setKeyForm(2), store.setKeyForm(2)]);
      expect(set.filter(Boolean)).toHaveLength(1);
      expect(await opened.other.keyForm()).toBe(2);
    });

    it("of usernames with other blanks, or with two in a row, are listed, too", async () => {
      await insert({ usernameKey: "ann lee" });
      const names = [..."\u00a0\u1680\u2000\u2005\u200a\u202f\u205f\u3000"].map((blank) => `ann${blank}lee`);
      for (const usernameKey of [...names, "ann  lee"]) await insert({ usernameKey });
      const listed = await store.listUnusual({ afterId: 0, limit: 99 });
      expect(listed.map(({ usernameKey }) => usernameKey)).toEqual([...names, "ann  lee"]);
    });

    it("that are not ASCII are listed in the order of insertion, page by page", async () => {
      const first = await insert({ ...international("bücher"), usernameKey: "ü" });
      await insert({ usernameKey: "日本" });
      const second = await insert(international("例え"));
      const listed = await store.listUnusual({ afterId: 0, limit: 9 });
      expect(listed).toEqual([
        expect.objectContaining({
          id: first.id,
          uuid: first.uuid,
          ...international("bücher"),
          usernameKey: "ü",
        }),
        expect.objectContaining({ id: second.id, uuid: second.uuid, ...international("例え") }),
      ]);
      expect(await store.listUnusual({ afterId: 0, limit: 1 })).toEqual(listed.slice(0, 1));
      expect(await store.listUnusual({ afterId: first.id, limit: 9 })).toEqual(listed.slice(1));
    });

    it("are replaced, and the account stays as it was", async () => {
      const account = await insert(international("bücher"));
      const before = await keysOf(account);
      if (before === undefined) throw new Error("not listed");
      expect(await store.replaceKeys(before, { emailKey: "a@new", usernameKey: "b" })).toBeUndefined();
      expect(await store.findByEmailKey("a@new")).toEqual(account);
      expect(await store.findByUsernameKey("b")).toEqual(account);
      expect(await store.findByEmailKey(before.emailKey)).toBeUndefined();
    });

    it("are not replaced if another account has one of them, or if they have changed since", async () => {
      const holder = await insert({ emailKey: "held@example.com", usernameKey: "held" });
      const account = await insert(international("bücher"));
      const before = await keysOf(account);
      if (before === undefined) throw new Error("not listed");
      const held = { uuid: holder.uuid };
      expect(await store.replaceKeys(before, { emailKey: "held@example.com", usernameKey: "b" })).toEqual(
        held,
      );
      expect(await store.replaceKeys(before, { emailKey: "b@example.com", usernameKey: "held" })).toEqual(
        held,
      );
      expect(await keysOf(account)).toEqual(before);
      await store.replaceKeys({ ...before, emailKey: "older" }, { emailKey: "c@c", usernameKey: "c" });
      expect(await keysOf(account)).toEqual(before);
    });
  });

  describe("changes", () => {
    it("renews a hash without touching anything else", async () => {
      const account = await insert();
      await store.renewHash(account.id, { from: "$argon2i$first", to: "$argon2i$second" });
      expect(await store.findByUuid(account.uuid)).toEqual({ ...account, hashedPassword: "$argon2i$second" });
    });

    it("does not renew a hash that was replaced in the meantime", async () => {
      const account = await insert();
      await store.renewHash(account.id, { from: "$argon2i$older", to: "$argon2i$second" });
      expect(await store.findByUuid(account.uuid)).toEqual(account);
    });

    it("changes a password once of many concurrent times, and ends the sessions with it", async () => {
      const account = await insert();
      const attempts = Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? store : opened.other).change(account.id, newPassword(`$argon2i$${i}`)),
      );
      const results = await Promise.all(attempts);
      expect(results.filter((result) => "changed" in result)).toHaveLength(1);
      expect(results.filter((result) => !("changed" in result))).toEqual(
        Array(19).fill({ refused: "changed meanwhile" }),
      );
      expect(await store.findByUuid(account.uuid)).toMatchObject({ sessionEpoch: 1, updatedAtMs: 2_000 });
    });

    it("changes no password of an account that was disabled, or whose sessions were ended, in the meantime", async () => {
      const account = await insert();
      const attempt = (epoch: number) => store.change(account.id, newPassword("$argon2i$second", epoch));
      const refused = { refused: "changed meanwhile" };
      await disable(account, { atMs: 1_500, by: opened.other });
      expect(await attempt(0)).toEqual(refused);
      expect(await attempt(1)).toEqual(refused);
      await opened.other.change(account.id, { values: { disabled: false }, atMs: 1_600 });
      expect(await attempt(0)).toEqual(refused);
      expect(await attempt(1)).toMatchObject({ changed: { sessionEpoch: 2 } });
    });

    it("shows a change by another process in the next reading", async () => {
      const account = await insert();
      expect(await store.findByUuid(account.uuid)).toMatchObject({ disabled: false });
      await disable(account, { by: opened.other });
      expect(await store.findByUuid(account.uuid)).toMatchObject({ disabled: true });
    });

    it("raises the epoch of every account at once, and nothing else", async () => {
      const accounts = [await insert(), await insert({ disabled: true }), await insert({ role: "admin" })];
      await opened.other.findByUuid(accounts[0]?.uuid ?? "");
      expect(await store.endAllSessions()).toBe(3);
      for (const account of accounts) {
        const now = await opened.other.findByUuid(account.uuid);
        expect(now).toEqual({ ...account, sessionEpoch: account.sessionEpoch + 1 });
      }
    });
  });
}
