import type { Clock } from "./clock.js";
import { quietly } from "./failure.js";
import { page } from "./page.js";

/**
 * The order of requests whose answers change the cookie. The browser keeps the cookie of the answer that
 * arrives last, whatever was asked last: a late refresh must not replace the session of a user who has signed
 * in since.
 */
export interface Turns {
  /** Whether no other tab can change the cookie meanwhile. */
  readonly reachTabs: boolean;
  /** Work that continues a session: several at a time, but never while another works `alone`. */
  together<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Work that begins or ends a session. */
  alone<Value>(work: () => Promise<Value>): Promise<Value>;
}

/** For sessions that no answer can replace. */
export const NO_TURNS: Turns = { reachTabs: true, together: (work) => work(), alone: (work) => work() };

/** A tab that was suspended during its turn must not stop the others. */
const MAX_WAIT_MS = 10_000;

/** Across all tabs if the browser has locks, and within this client if not. */
export function openTurns(name: string, clock: Clock): Turns {
  const { locks } = page.navigator ?? {};
  let alone: Promise<unknown> = Promise.resolve();
  let all: Promise<unknown> = Promise.resolve();

  const here = <Value>(mode: "shared" | "exclusive", work: () => Promise<Value>): Promise<Value> => {
    const before = mode === "shared" ? alone : all;
    const working = inTime(clock, before).then(work);
    all = quietly(Promise.all([all, quietly(working)]));
    if (mode === "exclusive") alone = all;
    return working;
  };

  const take = async <Value>(mode: "shared" | "exclusive", work: () => Promise<Value>): Promise<Value> => {
    if (locks === undefined) return here(mode, work);
    const controller = new AbortController();
    const off = clock.after(MAX_WAIT_MS, () => controller.abort());
    let working: Promise<Value> | undefined;
    const begin = () => {
      off();
      working = work();
      return quietly(working);
    };
    // Sandboxed pages may not use locks.
    await quietly(locks.request(name, { mode, signal: controller.signal }, begin));
    off();
    return working ?? here(mode, work);
  };

  return {
    reachTabs: locks !== undefined,
    together: (work) => take("shared", work),
    alone: (work) => take("exclusive", work),
  };
}

/** Waits for a turn, but not forever. */
function inTime(clock: Clock, before: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const off = clock.after(MAX_WAIT_MS, resolve);
    void before.then(() => {
      off();
      resolve();
    });
  });
}
