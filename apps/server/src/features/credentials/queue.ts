import { unavailable } from "../../error.js";
import { createLine, type Line } from "../../line.js";
import type { Origin } from "../limits/service.js";
import {
  fullestKind,
  HASH_KINDS,
  type HashKind,
  type Lane,
  type Lanes,
  nextKind,
  SHARES,
  usedOnReturn,
} from "./rules.js";

/** Bounds of a queue. */
export interface QueueLimits {
  /** How many tasks run at once. */
  readonly concurrency: number;
  /** How many may wait; beyond that, one is refused at once. */
  readonly maxWaiting: number;
  /** How long one may wait before it is refused. */
  readonly maxWaitMs: number;
}

/** What a hash is for, and who waits for it. */
export interface Turn {
  readonly kind: HashKind;
  readonly from: Pick<Origin, "site" | "network" | "address" | "isGone">;
}

/**
 * Runs tasks, several at once. Each kind has its share of the time (`rules.ts`); within a kind, sites take
 * turns, then the networks of a site, then the addresses of a network (`line.ts`).
 */
export interface Queue {
  /**
   * Resolves to the task's result; rejects with `UNAVAILABLE` if it was refused, has waited too long, or if
   * the client has hung up by the time its turn comes.
   */
  run<T>(turn: Turn, task: () => Promise<T>): Promise<T>;
  /** How many tasks are running and waiting at this moment. */
  state(): { readonly running: number; readonly waiting: number };
}

interface Waiting {
  isGone(): boolean;
  start(assumedMs: number): void;
  refuse(): void;
}

/** What a task is assumed to take, before the first was measured. */
const FIRST_GUESS_MS = 100;

/**
 * A queue that refuses early rather than late: a task that waits in vain takes the place of one that could be
 * served.
 */
export function createQueue({ concurrency, maxWaiting, maxWaitMs }: QueueLimits): Queue {
  const lines = new Map<HashKind, Line<Waiting>>(HASH_KINDS.map((kind) => [kind, createLine()]));
  const lineOf = (kind: HashKind) => lines.get(kind) as Line<Waiting>; // Safe: there is one for each kind.
  const running = new Map<HashKind, number>();
  const usedMs = new Map<HashKind, number>();
  let paceMs = 0;
  let usualMs = FIRST_GUESS_MS;

  const lane = (kind: HashKind): Lane => ({
    waiting: lineOf(kind).size,
    running: running.get(kind) ?? 0,
    usedMs: usedMs.get(kind) ?? 0,
  });
  // Safe: all kinds are there.
  const lanes = () => Object.fromEntries(HASH_KINDS.map((kind) => [kind, lane(kind)])) as Lanes;
  const total = (of: "waiting" | "running") => HASH_KINDS.reduce((sum, kind) => sum + lane(kind)[of], 0);
  const charge = (kind: HashKind, ms: number) =>
    usedMs.set(kind, (usedMs.get(kind) ?? 0) + ms / SHARES[kind]);

  const startNext = () => {
    for (;;) {
      const kind = nextKind(lanes(), concurrency);
      const next = kind && lineOf(kind).next();
      if (kind === undefined || next === undefined) return;
      if (next.isGone()) {
        next.refuse();
        continue;
      }
      paceMs = Math.max(paceMs, lane(kind).usedMs);
      running.set(kind, lane(kind).running + 1);
      charge(kind, usualMs);
      next.start(usualMs);
      return;
    }
  };

  const makeRoom = (kind: HashKind, path: readonly string[]): boolean => {
    const fullest = fullestKind(lanes(), kind);
    const dropped = fullest === kind ? lineOf(kind).makeRoom(path) : lineOf(fullest).dropLast();
    dropped?.refuse();
    return dropped !== undefined;
  };

  /** Resolves to the time that the task has been charged for already. */
  const turnOf = ({ kind, from }: Turn) =>
    new Promise<number>((resolve, reject) => {
      const path = [from.site(), from.network(), from.address()];
      if (total("waiting") >= maxWaiting && !makeRoom(kind, path)) return reject(unavailable());
      const giveUp = () => {
        lineOf(kind).remove(path, entry);
        reject(unavailable());
      };
      const timer = setTimeout(giveUp, maxWaitMs);
      const entry: Waiting = {
        isGone: () => from.isGone(),
        start(assumedMs) {
          clearTimeout(timer);
          resolve(assumedMs);
        },
        refuse() {
          clearTimeout(timer);
          reject(unavailable());
        },
      };
      usedMs.set(kind, usedOnReturn(lane(kind), paceMs));
      lineOf(kind).add(path, entry);
      startNext();
    });

  return {
    async run(turn, task) {
      const { kind } = turn;
      const assumedMs = await turnOf(turn);
      const startMs = performance.now();
      try {
        return await task();
      } finally {
        const tookMs = performance.now() - startMs;
        charge(kind, tookMs - assumedMs);
        usualMs += (tookMs - usualMs) / 8;
        running.set(kind, lane(kind).running - 1);
        startNext();
      }
    },
    state: () => ({ running: total("running"), waiting: total("waiting") }),
  };
}
