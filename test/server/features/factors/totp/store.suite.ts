import { afterEach, beforeEach, expect, it } from "vitest";
import { type Change, ChangeRefused } from "../../../../../apps/server/src/database/change.js";
import type { TotpFactor, TotpStore } from "../../../../../apps/server/src/features/factors/totp/store.js";

export interface OpenedTotpStore {
  readonly store: TotpStore;
  /** The same, as another process has it. */
  readonly other: TotpStore;
  /** Two existing users. */
  readonly users: readonly [number, number];
  /** Commits a change that the store has made. */
  commit(change: Change): Promise<void>;
  deleteUser(id: number): Promise<void>;
  close(): void | Promise<void>;
}

/** What every store of authenticator apps must uphold, on any engine. */
export function totpStoreSuite(open: () => Promise<OpenedTotpStore>): void {
  let opened: OpenedTotpStore;
  let store: TotpStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const factor = (id: string, change: Partial<TotpFactor> = {}): TotpFactor => ({
    id,
    userId: opened.users[0],
    name: "phone",
    secret: `secret of ${id}`,
    lastStep: 0,
    confirmedAtMs: null,
    createdAtMs: 500,
    lastUsedAtMs: null,
    ...change,
  });
  const begin = (id: string, change: Partial<TotpFactor> = {}) => store.begin(factor(id, change), 5);
  const confirm = (id: string, most = 5, userId = opened.users[0]) =>
    opened.commit(store.confirmation({ id, userId }, { lastStep: 7, atMs: 600, most }));
  const listed = async (userId = opened.users[0]) => (await store.listOf(userId)).map(({ id }) => id);

  it("lists a factor once it is confirmed, with the step of the code that confirmed it", async () => {
    expect(await begin("a")).toBe(true);
    expect(await store.find({ id: "a", userId: opened.users[0] })).toEqual(factor("a"));
    expect(await store.listOf(opened.users[0])).toEqual([]);
    await confirm("a");
    const confirmed = factor("a", { confirmedAtMs: 600, lastStep: 7 });
    expect(await store.listOf(opened.users[0])).toEqual([confirmed]);
    expect(await store.find({ id: "a", userId: opened.users[0] })).toEqual(confirmed);
  });

  it("confirms a factor once, for its own account, and only so many of them", async () => {
    await begin("a");
    await begin("b");
    await expect(confirm("a", 5, opened.users[1])).rejects.toThrow(ChangeRefused);
    await confirm("a", 1);
    await expect(confirm("a")).rejects.toThrow(ChangeRefused);
    await expect(confirm("b", 1)).rejects.toThrow(ChangeRefused);
    await expect(confirm("none")).rejects.toThrow(ChangeRefused);
    expect(await listed()).toEqual(["a"]);
  });

  it("keeps the newest few of those that are not confirmed, and all that are", async () => {
    await begin("confirmed", { createdAtMs: 1 });
    await confirm("confirmed");
    for (let i = 1; i <= 4; i += 1) await store.begin(factor(`p${i}`, { createdAtMs: 100 + i }), 2);
    await begin("of another", { userId: opened.users[1] });
    const found = async (id: string) => (await store.find({ id, userId: opened.users[0] })) !== undefined;
    expect([await found("p1"), await found("p2"), await found("p3"), await found("p4")]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(await listed()).toEqual(["confirmed"]);
    expect(await store.find({ id: "of another", userId: opened.users[1] })).toBeDefined();
  });

  it("begins none for an account that is gone, and loses those of one that goes", async () => {
    await begin("a");
    await confirm("a");
    await opened.deleteUser(opened.users[0]);
    expect(await listed()).toEqual([]);
    expect(await begin("b")).toBe(false);
  });

  it("spends a step for one of a hundred at once, in two processes", async () => {
    await begin("a");
    await confirm("a");
    const step = { from: 7, to: 8, atMs: 900 };
    const spent = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? store : opened.other).spend({ id: "a" }, step)),
    );
    expect(spent.filter((each) => each)).toHaveLength(1);
    expect(await store.listOf(opened.users[0])).toEqual([
      factor("a", { confirmedAtMs: 600, lastStep: 8, lastUsedAtMs: 900 }),
    ]);
    expect(await store.spend({ id: "a" }, { from: 7, to: 9, atMs: 901 })).toBe(false);
  });

  it("renames and deletes what is the account's own", async () => {
    const [own, other] = opened.users;
    await begin("a");
    expect(await store.rename({ id: "a", userId: own }, "not confirmed")).toBe(false);
    await confirm("a");
    expect(await store.rename({ id: "a", userId: other }, "theirs")).toBe(false);
    expect(await store.rename({ id: "a", userId: own }, "tablet")).toBe(true);
    expect((await store.listOf(own))[0]?.name).toBe("tablet");
    await expect(opened.commit(store.deletionOf({ id: "a", userId: other }))).rejects.toThrow(ChangeRefused);
    await opened.commit(store.deletionOf({ id: "a", userId: own }));
    expect(await listed()).toEqual([]);
    await expect(opened.commit(store.deletionOf({ id: "a", userId: own }))).rejects.toThrow(ChangeRefused);
  });

  it("lists the stored secrets of all accounts page by page, and replaces one that is still the same", async () => {
    await begin("a");
    await begin("b", { userId: opened.users[1] });
    await begin("c");
    expect(await store.listSecrets("", 2)).toEqual([
      { id: "a", secret: "secret of a" },
      { id: "b", secret: "secret of b" },
    ]);
    expect(await store.listSecrets("b", 2)).toEqual([{ id: "c", secret: "secret of c" }]);
    expect(await store.replaceSecret({ id: "a" }, { from: "another", to: "x" })).toBe(false);
    expect(await store.replaceSecret({ id: "a" }, { from: "secret of a", to: "x" })).toBe(true);
    expect(await store.listSecrets("", 1)).toEqual([{ id: "a", secret: "x" }]);
  });

  it("deletes those that were never confirmed in time, or are from the future, a bounded number at once", async () => {
    await begin("old 1", { createdAtMs: 1 });
    await begin("old 2", { createdAtMs: 2 });
    await begin("confirmed", { createdAtMs: 3 });
    await confirm("confirmed");
    await begin("new", { createdAtMs: 1_000 });
    await begin("from the future", { createdAtMs: 9_000 });
    const bounds = { beforeMs: 500, afterMs: 5_000 };
    expect(await store.deletePending({ ...bounds, limit: 2 })).toBe(2);
    expect(await store.deletePending({ ...bounds, limit: 2 })).toBe(1);
    expect(await store.deletePending({ ...bounds, limit: 2 })).toBe(0);
    expect((await store.listSecrets("", 10)).map(({ id }) => id)).toEqual(["confirmed", "new"]);
  });
}
