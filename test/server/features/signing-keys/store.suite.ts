import { afterEach, beforeEach, expect, it } from "vitest";
import type { KeyStore } from "../../../../apps/server/src/features/signing-keys/store.js";

export interface OpenedKeyStore {
  readonly store: KeyStore;
  readonly other: KeyStore;
  close(): void | Promise<void>;
}

/** What every key store must uphold, on any engine. */
export function keyStoreSuite(open: () => OpenedKeyStore | Promise<OpenedKeyStore>): void {
  let opened: OpenedKeyStore;
  let store: KeyStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const key = (kid: string, createdAtMs: number) => ({ kid, privateJwk: `{"kid":"${kid}"}`, createdAtMs });
  const kids = async () => (await store.list()).map(({ kid }) => kid);

  it("creates exactly one first key, however many processes begin at once", async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 ? store : opened.other).insertFirst(key(`k${i}`, i))),
    );
    expect(new Set(made.map((keys) => keys.map(({ kid }) => kid).join())).size).toBe(1);
    expect(await kids()).toHaveLength(1);
  });

  it("lists the newest first", async () => {
    await store.insert(key("old", 1));
    await store.insert(key("new", 2));
    expect(await kids()).toEqual(["new", "old"]);
  });

  it("deletes only keys that had been replaced by then, however old the signing key is", async () => {
    await store.insert(key("first", 1));
    await store.insert(key("second", 2));
    await store.insert(key("third", 900));
    await store.deleteReplacedBefore(500);
    expect(await kids()).toEqual(["third", "second"]);
    await store.deleteReplacedBefore(899);
    expect(await kids()).toEqual(["third", "second"]);
    await store.deleteReplacedBefore(900);
    expect(await kids()).toEqual(["third"]);
  });
}
