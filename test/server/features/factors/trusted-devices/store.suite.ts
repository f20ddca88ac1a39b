import { afterEach, beforeEach, expect, it } from "vitest";
import { type Change, ChangeRefused } from "../../../../../apps/server/src/database/change.js";
import type {
  TrustedDevice,
  TrustedDeviceStore,
} from "../../../../../apps/server/src/features/factors/trusted-devices/store.js";

export interface OpenedTrustedDeviceStore {
  readonly store: TrustedDeviceStore;
  /** Two existing users, whose epoch is 0 and whose factor generation is 7. */
  readonly users: ReadonlyArray<{ readonly id: number; readonly uuid: string }>;
  commit(change: Change): Promise<void>;
  deleteUser(uuid: string): Promise<void>;
  close(): void | Promise<void>;
}

/** What every store of trusted devices must uphold, on any engine. */
export function trustedDeviceStoreSuite(open: () => Promise<OpenedTrustedDeviceStore>): void {
  let opened: OpenedTrustedDeviceStore;
  let store: TrustedDeviceStore;
  let userId: number;
  let otherId: number;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
    [userId, otherId] = [opened.users[0]?.id ?? 0, opened.users[1]?.id ?? 0];
  });
  afterEach(() => opened.close());

  const device = (name: string, change: Partial<TrustedDevice> = {}): TrustedDevice => ({
    hash: `hash of ${name}`,
    id: name,
    userId,
    epoch: 0,
    factorGeneration: 7,
    userAgent: "Firefox",
    address: "192.0.2.1",
    createdAtMs: 1_000,
    lastUsedAtMs: 1_000,
    expiresAtMs: 9_000,
    ...change,
  });
  const add = (each: TrustedDevice, perUser = 5) => opened.commit(store.insertion(each, perUser));
  const owner = (change = {}) => ({ id: userId, sessionEpoch: 0, factorGeneration: 7, ...change });
  const listed = async (of = owner()) => (await store.listOf(of)).map(({ id }) => id);

  it("finds a device by the hash of its secret", async () => {
    await add(device("a"));
    expect(await store.find("hash of a")).toEqual(device("a"));
    expect(await store.find("hash of b")).toBeUndefined();
  });

  it("adds none for an account that is gone or has changed", async () => {
    await expect(add(device("a", { epoch: 1 }))).rejects.toThrow(ChangeRefused);
    await expect(add(device("a", { factorGeneration: 8 }))).rejects.toThrow(ChangeRefused);
    await opened.deleteUser(opened.users[0]?.uuid ?? "");
    await expect(add(device("a"))).rejects.toThrow(ChangeRefused);
    expect(await store.find("hash of a")).toBeUndefined();
  });

  it("keeps those of a user that were used last, and always the newest", async () => {
    await add(device("old"), 2);
    await add(device("new", { lastUsedAtMs: 2_000 }), 2);
    await add(device("of another", { userId: otherId }), 2);
    await add(device("newest", { lastUsedAtMs: 3_000 }), 2);
    expect(await listed()).toEqual(["newest", "new"]);
    expect(await listed(owner({ id: otherId }))).toEqual(["of another"]);
    await add(device("same time", { lastUsedAtMs: 3_000 }), 1);
    expect(await listed()).toEqual(["same time"]);
  });

  it("keeps no more of a user, however many are added at once", async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => add(device(`${i}`), 3)));
    expect(await listed()).toHaveLength(3);
  });

  it("notes when a device was used", async () => {
    await add(device("a", { lastUsedAtMs: 2_000 }));
    await add(device("b"));
    await store.use("hash of b", 3_000);
    expect(await store.find("hash of b")).toEqual(device("b", { lastUsedAtMs: 3_000 }));
    expect(await listed()).toEqual(["b", "a"]);
    await store.use("unknown", 3_000);
  });

  it("lists those of the owner as the owner is now", async () => {
    await add(device("a"));
    expect(await listed(owner({ sessionEpoch: 1 }))).toEqual([]);
    expect(await listed(owner({ factorGeneration: 8 }))).toEqual([]);
    expect(await listed(owner({ id: otherId }))).toEqual([]);
  });

  it("deletes one of a user's devices, and no other user's", async () => {
    await add(device("a"));
    await add(device("b"));
    expect(await store.delete(otherId, "a")).toBe(false);
    expect(await store.delete(userId, "a")).toBe(true);
    expect(await store.delete(userId, "a")).toBe(false);
    expect(await listed()).toEqual(["b"]);
  });

  it("deletes all of a user's devices, by itself and with another change", async () => {
    const all = [device("a"), device("b"), device("c", { userId: otherId })];
    for (const each of all) await add(each);
    expect(await store.deleteAll(userId)).toBe(2);
    expect(await listed()).toEqual([]);
    await opened.commit(store.deletionOf(otherId));
    expect(await store.find("hash of c")).toBeUndefined();
  });

  it("deletes a user's devices with the user", async () => {
    await add(device("a"));
    await opened.deleteUser(opened.users[0]?.uuid ?? "");
    expect(await store.find("hash of a")).toBeUndefined();
  });

  it("deletes what has expired or is from the future, and nothing else, a bounded number at once", async () => {
    const all = [
      device("a", { expiresAtMs: 2_000 }),
      device("b", { expiresAtMs: 2_000 }),
      device("future", { createdAtMs: 62_001, expiresAtMs: 90_000 }),
      device("alive", { expiresAtMs: 2_001 }),
    ];
    for (const each of all) await add(each);
    expect(await store.deleteOver({ nowMs: 2_000, limit: 2 })).toBe(2);
    expect(await store.deleteOver({ nowMs: 2_000, limit: 10 })).toBe(1);
    expect(await listed()).toEqual(["alive"]);
  });
}
