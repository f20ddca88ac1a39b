import { afterEach, beforeEach, expect, it } from "vitest";
import type { LimitStore } from "../../../../apps/server/src/features/limits/store.js";

export interface OpenedLimitStore {
  readonly store: LimitStore;
  /** A second store over the same database, as another process has it. */
  readonly other: LimitStore;
  close(): void | Promise<void>;
}

/** What every limit store must uphold, on any engine. */
export function limitStoreSuite(open: () => OpenedLimitStore | Promise<OpenedLimitStore>): void {
  let opened: OpenedLimitStore;
  let store: LimitStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const begun = { era: "this machine", begunUptimeMs: 0 };
  const window = { nowMs: 1_000, endsAtMs: 2_000, ...begun };
  const bucket = (id: string, limit = 2) => ({ id, limit });

  const counted = (endsAtMs: number, ...ids: string[]) => ({ counted: ids.map((id) => ({ id, endsAtMs })) });

  const full = (endsAtMs: number, ...ids: string[]) => ({ full: ids.map((id) => ({ id, endsAtMs })) });

  it("counts up to the limit, and then says when the window ends", async () => {
    expect(await store.take([bucket("a")], window)).toEqual(counted(2_000, "a"));
    expect(await store.take([bucket("a")], { nowMs: 1_100, endsAtMs: 2_100, ...begun })).toEqual(
      counted(2_000, "a"),
    );
    expect(await store.take([bucket("a")], { nowMs: 1_200, endsAtMs: 2_200, ...begun })).toEqual(
      full(2_000, "a"),
    );
    expect(await store.take([bucket("a")], { nowMs: 2_000, endsAtMs: 3_000, ...begun })).toEqual(
      counted(3_000, "a"),
    );
  });

  it("counts in no bucket if one is full", async () => {
    await store.take([bucket("full", 1)], window);
    expect(await store.take([bucket("a", 1), bucket("full", 1)], window)).toEqual(full(2_000, "full"));
    expect(await store.take([bucket("a", 1)], window)).toEqual(counted(2_000, "a"));
  });

  it("refunds what was counted, but never below zero", async () => {
    await store.take([bucket("a", 1)], window);
    await store.giveBack([{ id: "a", endsAtMs: 2_000 }]);
    await store.giveBack([{ id: "a", endsAtMs: 2_000 }]);
    expect(await store.take([bucket("a", 1)], window)).toEqual(counted(2_000, "a"));
    expect(await store.take([bucket("a", 1)], window)).toEqual(full(2_000, "a"));
  });

  it("refunds nothing to the window that followed", async () => {
    await store.take([bucket("a", 1)], window);
    await store.take([bucket("a", 1)], { nowMs: 2_000, endsAtMs: 3_000, ...begun });
    await store.giveBack([{ id: "a", endsAtMs: 2_000 }]);
    expect(await store.take([bucket("a", 1)], { nowMs: 2_500, endsAtMs: 3_500, ...begun })).toEqual(
      full(3_000, "a"),
    );
  });

  it("counts no more of many concurrent guesses than the limit, from two processes", async () => {
    const takes = Array.from({ length: 100 }, (_, i) =>
      (i % 2 ? store : opened.other).take([bucket("a", 7)], window),
    );
    expect((await Promise.all(takes)).filter((taken) => "counted" in taken)).toHaveLength(7);
  });

  it("begins again where a window was begun when the clock was ahead", async () => {
    await store.take([bucket("a", 1)], { nowMs: 50_000, endsAtMs: 51_000, ...begun });
    expect(await store.take([bucket("a", 1)], window)).toEqual(counted(2_000, "a"));
    expect(await store.take([bucket("a", 1)], { nowMs: 1_500, endsAtMs: 2_500, ...begun })).toEqual(
      full(2_000, "a"),
    );
  });

  it("begins again where a window was open for its length by the clock that cannot be set", async () => {
    const at = (begunUptimeMs: number) => ({ ...window, begunUptimeMs });
    expect(await store.take([bucket("a", 1)], at(5_000))).toEqual(counted(2_000, "a"));
    expect(await store.take([bucket("a", 1)], at(5_999))).toEqual(full(2_000, "a"));
    expect(await store.take([bucket("a", 1)], at(6_000))).toEqual(counted(2_000, "a"));
    expect(await store.take([bucket("a", 1)], at(6_999))).toEqual(full(2_000, "a"));
  });

  it("deletes what has expired and nothing else", async () => {
    await store.take([bucket("a"), bucket("b"), bucket("c")], window);
    await store.take([bucket("lasting", 1)], { nowMs: 1_000, endsAtMs: 9_000, ...begun });
    await store.take([bucket("from the future")], { nowMs: 9_000, endsAtMs: 19_000, ...begun });
    const bounds = { nowMs: 2_000, endsAtMs: 10_000 };
    expect(await store.deleteOver({ ...bounds, limit: 2 })).toBe(2);
    expect(await store.deleteOver({ ...bounds, limit: 10 })).toBe(2);
    expect(await store.take([bucket("lasting", 1)], { nowMs: 3_000, endsAtMs: 9_000, ...begun })).toEqual(
      full(9_000, "lasting"),
    );
  });
}
