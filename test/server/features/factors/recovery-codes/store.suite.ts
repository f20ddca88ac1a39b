import { afterEach, beforeEach, expect, it } from "vitest";
import { type Change, ChangeRefused, NO_CHANGE } from "../../../../../apps/server/src/database/change.js";
import type { RecoveryCodeStore } from "../../../../../apps/server/src/features/factors/recovery-codes/store.js";

export interface OpenedRecoveryCodeStore {
  readonly store: RecoveryCodeStore;
  /** The same, as another process has it. */
  readonly other: RecoveryCodeStore;
  /** Two existing users. */
  readonly users: readonly [number, number];
  /** Commits a change that the store has made. */
  commit(change: Change): Promise<void>;
  /** A change that is always refused. */
  readonly refused: Change;
  deleteUser(id: number): Promise<void>;
  close(): void | Promise<void>;
}

/** What every store of recovery codes must uphold, on any engine. */
export function recoveryCodeStoreSuite(open: () => Promise<OpenedRecoveryCodeStore>): void {
  let opened: OpenedRecoveryCodeStore;
  let store: RecoveryCodeStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const use = (hash: string, userId = opened.users[0], by = store) =>
    by.use({ userId, hash, atMs: 900 }, NO_CHANGE);

  it("counts the codes that are left, and uses each once", async () => {
    const [user] = opened.users;
    expect(await store.replace(user, ["a", "b"], 500, NO_CHANGE)).toBe(true);
    expect(await store.countOf(user)).toBe(2);
    expect(await use("a")).toBe(true);
    expect(await use("a")).toBe(false);
    expect(await use("none")).toBe(false);
    expect(await store.countOf(user)).toBe(1);
  });

  it("lets one of a hundred at once use a code, in two processes", async () => {
    await store.replace(opened.users[0], ["a", "b"], 500, NO_CHANGE);
    const used = await Promise.all(
      Array.from({ length: 100 }, (_, i) => use("a", opened.users[0], i % 2 === 0 ? store : opened.other)),
    );
    expect(used.filter((each) => each)).toHaveLength(1);
    expect(await store.countOf(opened.users[0])).toBe(1);
  });

  it("uses a code only with what is committed with it", async () => {
    await store.replace(opened.users[0], ["a"], 500, NO_CHANGE);
    const refused = store.use({ userId: opened.users[0], hash: "a", atMs: 900 }, opened.refused);
    await expect(refused).rejects.toThrow(ChangeRefused);
    expect(await use("a")).toBe(true);
  });

  it("knows codes of their own account only", async () => {
    await store.replace(opened.users[0], ["a"], 500, NO_CHANGE);
    await store.replace(opened.users[1], ["b"], 500, NO_CHANGE);
    expect(await use("a", opened.users[1])).toBe(false);
    expect(await use("b", opened.users[1])).toBe(true);
    expect(await store.countOf(opened.users[0])).toBe(1);
  });

  it("replaces all codes of an account, used or not, alone or with another change", async () => {
    const [user, other] = opened.users;
    await store.replace(other, ["theirs"], 500, NO_CHANGE);
    await store.replace(user, ["a", "b"], 500, NO_CHANGE);
    await use("a");
    await opened.commit(store.replacing(user, ["c", "d", "e"], 600));
    expect(await store.countOf(user)).toBe(3);
    expect([await use("a"), await use("b"), await use("c")]).toEqual([false, false, true]);
    await store.replace(user, ["f"], 700, NO_CHANGE);
    expect(await store.countOf(user)).toBe(1);
    expect(await store.countOf(other)).toBe(1);
  });

  it("leaves one whole set of those that are made at once", async () => {
    const [user] = opened.users;
    const sets = Array.from({ length: 8 }, (_, set) => [0, 1, 2].map((code) => `${set} ${code}`));
    await Promise.all(
      sets.map((set, i) => (i % 2 === 0 ? store : opened.other).replace(user, set, 500, NO_CHANGE)),
    );
    expect(await store.countOf(user)).toBe(3);
    const used = await Promise.all(sets.flat().map(async (hash) => ((await use(hash)) ? [hash[0]] : [])));
    expect(new Set(used.flat()).size).toBe(1);
  });

  it("deletes the codes of an account, and makes none for one that is gone", async () => {
    const [user, other] = opened.users;
    await store.replace(user, ["a"], 500, NO_CHANGE);
    await store.replace(other, ["b"], 500, NO_CHANGE);
    await opened.commit(store.deletionOf(user));
    expect([await store.countOf(user), await store.countOf(other)]).toEqual([0, 1]);
    await opened.deleteUser(other);
    expect(await store.countOf(other)).toBe(0);
    expect(await store.replace(other, ["c"], 500, NO_CHANGE)).toBe(false);
  });
}
