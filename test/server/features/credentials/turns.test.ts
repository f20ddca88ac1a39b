import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fullestKind,
  HASH_KINDS,
  type HashKind,
  type Lanes,
  mostRunning,
  nextKind,
  SHARES,
  usedOnReturn,
} from "../../../../apps/server/src/features/credentials/rules.js";
import { createLine } from "../../../../apps/server/src/line.js";

const ALL_SHARES = HASH_KINDS.reduce((sum, kind) => sum + SHARES[kind], 0);
const kinds = fc.constantFrom(...HASH_KINDS);
const lanesOf = (make: (kind: HashKind) => Lanes[HashKind]) =>
  Object.fromEntries(HASH_KINDS.map((kind) => [kind, make(kind)])) as Lanes;

describe("kinds", () => {
  it("that always want more get at least their share of the time, whatever each task takes", () => {
    const tasks = fc.array(fc.tuple(kinds, fc.integer({ min: 1, max: 50 })), {
      minLength: 300,
      maxLength: 600,
    });
    fc.assert(
      fc.property(fc.subarray([...HASH_KINDS], { minLength: 1 }), tasks, (wanting, costs) => {
        const used = new Map<HashKind, number>();
        const lanes = () =>
          lanesOf((kind) => ({
            waiting: wanting.includes(kind) ? 1 : 0,
            running: 0,
            usedMs: (used.get(kind) ?? 0) / SHARES[kind],
          }));
        let totalMs = 0;
        for (const [, ms] of costs) {
          const kind = nextKind(lanes(), 1);
          if (kind === undefined) throw new Error("nothing is served although something waits");
          expect(wanting).toContain(kind);
          used.set(kind, (used.get(kind) ?? 0) + ms);
          totalMs += ms;
        }
        const wanted = wanting.reduce((sum, kind) => sum + SHARES[kind], 0);
        for (const kind of wanting) {
          // It lags by no more than what each of the others may run once more than it should.
          const dueMs = (totalMs * SHARES[kind]) / wanted - 50 * wanting.length * SHARES[kind];
          expect(used.get(kind) ?? 0).toBeGreaterThanOrEqual(dueMs);
        }
      }),
    );
  });

  it("save up no time that they did not want", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (own, pace) => {
          expect(usedOnReturn({ waiting: 0, running: 0, usedMs: own }, pace)).toBe(Math.max(own, pace));
          expect(usedOnReturn({ waiting: 1, running: 0, usedMs: own }, pace)).toBe(own);
        },
      ),
    );
  });

  it("that strangers can flood leave half of the places to the others", () => {
    fc.assert(
      fc.property(kinds, fc.integer({ min: 2, max: 64 }), (flooding, concurrency) => {
        const lanes = lanesOf((kind) => ({
          waiting: kind === flooding ? 1000 : 0,
          running: kind === flooding ? mostRunning(kind, concurrency) : 0,
          usedMs: 0,
        }));
        expect(nextKind(lanes, concurrency)).toBeUndefined();
        if (flooding === "known") return;
        expect(mostRunning(flooding, concurrency)).toBeLessThanOrEqual(Math.ceil(concurrency / 2));
        const honest = { ...lanes, known: { waiting: 1, running: 0, usedMs: 0 } };
        expect(nextKind(honest, concurrency)).toBe("known");
      }),
    );
  });

  it("that have less than their share of the waiting places never give one up", () => {
    const counts = fc.array(fc.nat(200), { minLength: HASH_KINDS.length, maxLength: HASH_KINDS.length });
    fc.assert(
      fc.property(counts, kinds, (waiting, asking) => {
        const lanes = lanesOf((kind) => ({
          waiting: waiting[HASH_KINDS.indexOf(kind)] ?? 0,
          running: 0,
          usedMs: 0,
        }));
        const total = waiting.reduce((sum, each) => sum + each, 1);
        const gives = fullestKind(lanes, asking);
        const has = lanes[gives].waiting + (gives === asking ? 1 : 0);
        expect(has / total).toBeGreaterThanOrEqual(SHARES[gives] / ALL_SHARES);
      }),
    );
  });
});

const paths = fc.tuple(
  fc.constantFrom("site a", "site b", "site c"),
  fc.constantFrom("network 1", "network 2", "network 3"),
  fc.constantFrom("address x", "address y"),
);

describe("a line", () => {
  it("serves each site at least once in as many turns as there are sites", () => {
    fc.assert(
      fc.property(fc.array(paths, { minLength: 1, maxLength: 60 }), (all) => {
        const line = createLine<readonly string[]>();
        for (const path of all) line.add(path, [...path]);
        const served: string[] = [];
        for (let entry = line.next(); entry !== undefined; entry = line.next()) served.push(entry[0] ?? "");
        expect(served).toHaveLength(all.length);
        const left = new Map<string, number>();
        for (const [site] of all) left.set(site, (left.get(site) ?? 0) + 1);
        for (let i = 0; i < served.length; ) {
          const round = left.size;
          const turn = served.slice(i, i + round);
          expect(new Set(turn).size).toBe(round);
          for (const site of turn) {
            const more = (left.get(site) ?? 0) - 1;
            if (more > 0) left.set(site, more);
            else left.delete(site);
          }
          i += round;
        }
      }),
    );
  });

  it("loses nothing, serves nothing twice, and keeps the order of each address", () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), path: paths }) },
        fc.record({ do: fc.constant("next" as const) }),
        fc.record({ do: fc.constant("drop" as const) }),
        fc.record({ do: fc.constant("room" as const), path: paths }),
        fc.record({ do: fc.constant("remove" as const), pick: fc.nat() }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const line = createLine<number>();
        const model = new Map<number, readonly string[]>();
        let lastId = 0;
        const oldestOf = (path: readonly string[]) =>
          [...model].find(([, each]) => each.join() === path.join())?.[0];
        for (const step of all) {
          if (step.do === "add") {
            line.add(step.path, ++lastId);
            model.set(lastId, step.path);
          } else if (step.do === "remove") {
            const [id, path] = [...model][step.pick % Math.max(1, model.size)] ?? [0, ["none", "", ""]];
            expect(line.remove(path, id)).toBe(model.delete(id));
          } else {
            const taken =
              step.do === "next"
                ? line.next()
                : step.do === "drop"
                  ? line.dropLast()
                  : line.makeRoom(step.path);
            if (taken === undefined) {
              if (step.do !== "room") expect(model.size).toBe(0);
            } else {
              const path = model.get(taken);
              if (path === undefined) throw new Error("served twice");
              if (step.do === "next") expect(oldestOf(path)).toBe(taken);
              model.delete(taken);
            }
          }
          expect(line.size).toBe(model.size);
        }
      }),
    );
  });

  it("makes room only at the cost of a site with more than the newcomer's, or of the newcomer's own", () => {
    fc.assert(
      fc.property(fc.array(paths, { minLength: 1, maxLength: 60 }), paths, (all, newcomer) => {
        const line = createLine<readonly string[]>();
        for (const path of all) line.add(path, [...path]);
        const count = (site: string | undefined) => all.filter(([each]) => each === site).length;
        const most = Math.max(...all.map(([site]) => count(site)));
        const dropped = line.makeRoom(newcomer);
        const own = count(newcomer[0]) + 1;
        if (most > own) expect(count(dropped?.[0])).toBe(most);
        else if (dropped !== undefined) expect(dropped[0]).toBe(newcomer[0]);
      }),
    );
  });
});
