import { afterEach, beforeEach, expect, it } from "vitest";
import type { GuessStore } from "../../../../apps/server/src/features/limits/store.js";

export interface OpenedGuessStore {
  readonly store: GuessStore;
  /** A second store over the same database, as another process has it. */
  readonly other: GuessStore;
  close(): void | Promise<void>;
}

/** What every guess store must keep, whatever engine it stands on. */
export function guessStoreSuite(open: () => OpenedGuessStore | Promise<OpenedGuessStore>): void {
  let opened: OpenedGuessStore;
  let store: GuessStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const window = { nowMs: 1_000, endsAtMs: 2_000 };
  const bucket = (id: string, limit = 2) => ({ id, limit });

  it("counts up to the limit, and then says when the window ends", async () => {
    expect(await store.take([bucket("a")], window)).toBeUndefined();
    expect(await store.take([bucket("a")], { nowMs: 1_100, endsAtMs: 2_100 })).toBeUndefined();
    expect(await store.take([bucket("a")], { nowMs: 1_200, endsAtMs: 2_200 })).toBe(2_000);
    expect(await store.take([bucket("a")], { nowMs: 2_000, endsAtMs: 3_000 })).toBeUndefined();
  });

  it("counts in no bucket when one is full", async () => {
    await store.take([bucket("full", 1)], window);
    expect(await store.take([bucket("a", 1), bucket("full", 1)], window)).toBe(2_000);
    expect(await store.take([bucket("a", 1)], window)).toBeUndefined();
  });

  it("takes back what was counted, but never below nothing", async () => {
    await store.take([bucket("a", 1)], window);
    await store.giveBack(["a"]);
    await store.giveBack(["a"]);
    expect(await store.take([bucket("a", 1)], window)).toBeUndefined();
    expect(await store.take([bucket("a", 1)], window)).toBe(2_000);
  });

  it("counts no more than fit of many at once, from two processes", async () => {
    const takes = Array.from({ length: 100 }, (_, i) =>
      (i % 2 ? store : opened.other).take([bucket("a", 7)], window),
    );
    expect((await Promise.all(takes)).filter((end) => end === undefined)).toHaveLength(7);
  });

  it("knows a place until it is forgotten", async () => {
    expect(await store.knows("home", 1_000)).toBe(false);
    await opened.other.remember("home", 2_000);
    expect(await store.knows("home", 1_999)).toBe(true);
    expect(await store.knows("home", 2_000)).toBe(false);
    await store.remember("home", 5_000);
    expect(await store.knows("home", 4_999)).toBe(true);
  });

  it("deletes what is over and nothing else", async () => {
    await store.take([bucket("a"), bucket("b")], window);
    await store.remember("home", 2_000);
    await store.remember("office", 9_000);
    expect(await store.deleteOver({ nowMs: 2_000, limit: 1 })).toBe(2);
    expect(await store.deleteOver({ nowMs: 2_000, limit: 10 })).toBe(1);
    expect(await store.knows("office", 3_000)).toBe(true);
  });
}
