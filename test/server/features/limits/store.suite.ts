import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Counter, judgeTake } from "../../../../apps/server/src/features/limits/rules.js";
import type { Bucket, LimitStore, Taken, Window } from "../../../../apps/server/src/features/limits/store.js";

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

  it("continues a window that another process has begun while a count waited for its turn", async () => {
    const later = { nowMs: 1_004, endsAtMs: 2_004, era: begun.era, begunUptimeMs: 4 };
    expect(await opened.other.take([bucket("a", 1)], later)).toEqual(counted(2_004, "a"));
    expect(await store.take([bucket("a", 1)], window)).toEqual(full(2_004, "a"));
  });

  it("continues a window of another machine, whose clock may be ahead by a minute", async () => {
    const another = { era: "another machine", begunUptimeMs: 77 };
    await store.take([bucket("a", 1)], { nowMs: 60_999, endsAtMs: 61_999, ...another });
    expect(await opened.other.take([bucket("a", 1)], window)).toEqual(full(61_999, "a"));
    await store.take([bucket("b", 1)], { nowMs: 61_001, endsAtMs: 62_001, ...another });
    expect(await opened.other.take([bucket("b", 1)], window)).toEqual(counted(2_000, "b"));
  });

  it("takes back as many as were counted, of many at once, from two processes", async () => {
    const takes = Array.from({ length: 60 }, (_, i) =>
      (i % 2 ? store : opened.other).take([bucket("a", 60), bucket(`${i % 3}`, 60)], window),
    );
    const taken = await Promise.all(takes);
    await Promise.all(
      taken.map((each, i) =>
        (i % 2 ? opened.other : store).giveBack("counted" in each && i < 57 ? each.counted : []),
      ),
    );
    expect(await store.take([bucket("a", 4), bucket("0", 2)], window)).toEqual(counted(2_000, "a", "0"));
    expect(await store.take([bucket("a", 4)], window)).toEqual(full(2_000, "a"));
  });

  const ids = ["a", "b", "c", "d"];
  const takes = fc.record({
    ids: fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }),
    limit: fc.integer({ min: 1, max: 3 }),
    nowMs: fc.integer({ min: 1, max: 150_000 }),
    lengthMs: fc.constantFrom(10, 1_000, 70_000),
    era: fc.constantFrom("one", "two", null),
    uptimeMs: fc.option(fc.integer({ min: 0, max: 150_000 })),
    isAtOnce: fc.boolean(),
  });

  it.each(["one after the other", "several at once"])("decides as the rule, %s", async (how) => {
    let run = 0;
    const shown = (taken: Taken) => (how === "several at once" && "full" in taken ? "full" : taken);
    await fc.assert(
      fc.asyncProperty(fc.array(takes, { maxLength: 12 }), async (steps) => {
        const prefix = `${++run} `;
        const counters = new Map<string, Counter>();
        const judge = (buckets: readonly Bucket[], window: Window): Taken => {
          const judged = judgeTake(buckets, [...counters.values()], window);
          if ("full" in judged) return judged;
          for (const counter of judged.counters) counters.set(counter.id, counter);
          return { counted: judged.counters.map(({ id, endsAtMs }) => ({ id, endsAtMs })) };
        };
        const expected: Taken[] = [];
        const given: Promise<Taken>[] = [];
        let window: Window = { nowMs: 1, endsAtMs: 2, era: null, begunUptimeMs: null };
        for (const { ids, limit, nowMs, lengthMs, era, uptimeMs, isAtOnce } of steps) {
          if (how === "one after the other" || !isAtOnce) {
            await Promise.all(given);
            window = { nowMs, endsAtMs: nowMs + lengthMs, era, begunUptimeMs: uptimeMs };
          }
          const buckets = ids.map((id) => bucket(prefix + id, limit));
          expected.push(judge(buckets, window));
          given.push(store.take(buckets, window));
        }
        expect((await Promise.all(given)).map(shown)).toEqual(expected.map(shown));
      }),
      { numRuns: 100 },
    );
  });

  it("keeps nothing of what was refused", async () => {
    await store.take([bucket("full", 1)], window);
    const refused = Array.from({ length: 40 }, (_, i) =>
      (i % 2 ? store : opened.other).take([bucket(`new ${i}`), bucket("full", 1)], window),
    );
    expect((await Promise.all(refused)).filter((taken) => "counted" in taken)).toEqual([]);
    expect(await store.deleteOver({ nowMs: 900_000, endsAtMs: 900_000, limit: 100 })).toBe(1);
  });

  it("deletes each once that is over, if two processes clean at once", async () => {
    const ids = Array.from({ length: 50 }, (_, i) => bucket(`${i}`));
    await store.take(ids, window);
    const bounds = { nowMs: 2_000, endsAtMs: 10_000, limit: 10 };
    let deleted = 0;
    for (let round = 0; round < 6; round++) {
      const counts = await Promise.all([store, opened.other].map((each) => each.deleteOver(bounds)));
      for (const count of counts) deleted += count;
    }
    expect(deleted).toBe(50);
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
