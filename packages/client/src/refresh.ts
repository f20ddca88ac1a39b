import { type Clock, inTime, pause } from "./clock.js";
import { backOffMs, isRefusal, isTokenMissing, quietly, reasonOf, retryAfterMsOf } from "./failure.js";
import type { Held, Holder } from "./holder.js";
import { isSameToken, type KeptToken, keptNow } from "./kept.js";
import type { Turns } from "./turns.js";
import { isAwake } from "./wake.js";

/** Exchanges the token in time. */
export interface Refresh {
  /**
   * Exchanges the token for its successor, or takes over the one that another tab got; concurrent calls share
   * one exchange. Rejects if the server could not be reached (the session is kept) or refused (the session is
   * over).
   */
  exchange(): Promise<void>;
  /**
   * Exchanges a token that has expired, and waits if an exchange is in progress. Rejects as `exchange` does.
   */
  catchUp(): Promise<void>;
  /** Schedules the next exchange. */
  plan(): void;
  /** Catches up on what was missed while the page was asleep or offline. */
  wake(): Promise<void>;
  stop(): void;
}

interface Deps {
  readonly holder: Holder;
  readonly clock: Clock;
  readonly turns: Turns;
  /** Whether there may be other tabs whose successor is worth waiting for. */
  readonly isShared: boolean;
  /** Asks the server for the successor. */
  readonly send: (held: Held, signal: AbortSignal) => Promise<KeptToken>;
  /** Called with a successor that is no longer needed: the session was left while it was on its way. */
  readonly discard: (held: Held) => void;
}

/** A token is exchanged when a quarter of its lifetime is left, but at most this long before it expires. */
const MAX_LEAD_MS = 5 * 60_000;
const MIN_DELAY_MS = 250;
/**
 * Before a session is given up, storage is checked this many times, this far apart, for another tab's
 * successor.
 */
const LOOKS = 10;
const LOOK_MS = 50;

export function createRefresh({ holder, clock, turns, isShared, send, discard }: Deps): Refresh {
  let flight: Promise<void> | undefined;
  let cancel = () => {};
  let isStopped = false;
  /** How often the exchange of one token has failed so far. */
  let failed: { readonly held: Held; readonly times: number; readonly retryAfterMs: number } | undefined;

  const leadMs = ({ lifetimeMs = 0 }: Held) => Math.min(lifetimeMs / 4, MAX_LEAD_MS);
  const isDue = (held: Held) => failed !== undefined || holder.remainingMs(held) <= leadMs(held);

  const exchange = () => {
    const before = holder.held();
    flight ??= turns
      .together(() => run(before))
      .finally(() => {
        flight = undefined;
        plan();
      });
    return flight;
  };

  async function run(before: Held | undefined): Promise<void> {
    await holder.look();
    const held = holder.held();
    if (held === undefined || (!isSameToken(held, before) && holder.remainingMs(held) > 0)) return;
    try {
      await succeed(held, await inTime(clock, (signal) => send(held, signal)));
    } catch (error) {
      if (!isRefusal(error)) {
        failed = { held, times: (failed?.times ?? 0) + 1, retryAfterMs: retryAfterMsOf(error) };
        throw error;
      }
      // Without a cookie, no other tab is about to store a successor.
      if (await isReplaced(held, isShared && !isTokenMissing(error) ? LOOKS : 1)) return;
      holder.drop(reasonOf(error, holder.remainingMs(held)));
      throw error;
    }
  }

  async function succeed(held: Held, token: KeptToken): Promise<void> {
    if (token.user !== undefined && token.user.id !== held.user.id) return holder.know(token.user, held);
    await holder.look();
    const now = holder.held();
    const next = keptNow(token, (now ?? held).user, { before: held, receivedAtMs: clock.wallMs() });
    if (now?.id !== held.id) discard({ ...held, ...next });
    else if (isSameToken(now, held)) holder.keep(next);
  }

  /** Whether another tab has a newer token. It may have received the answer and be about to store it. */
  async function isReplaced(held: Held, times: number): Promise<boolean> {
    for (let looks = times; looks > 0; looks--) {
      await holder.look();
      if (!isSameToken(holder.held(), held)) return true;
      if (looks > 1) await pause(clock, LOOK_MS);
    }
    return false;
  }

  function plan() {
    cancel();
    const held = holder.held();
    if (held === undefined || isStopped || flight !== undefined) return;
    if (!isSameToken(held, failed?.held)) failed = undefined;
    // Slightly spread across tabs: the first to exchange does it for all.
    const dueMs = holder.remainingMs(held) - leadMs(held) * (1 + Math.random() / 4);
    const delayMs = failed ? backOffMs(failed.times, failed.retryAfterMs) : Math.max(dueMs, MIN_DELAY_MS);
    cancel = clock.after(delayMs, () => {
      // A page that is not visible does not keep its session alive: it catches up when it becomes visible.
      if (isAwake()) void quietly(exchange());
    });
  }

  return {
    exchange,
    plan,
    async catchUp() {
      const held = holder.held();
      if (held && (flight || holder.remainingMs(held) <= 0)) await exchange();
    },
    async wake() {
      await holder.look();
      const held = holder.held();
      if (held && isDue(held)) await quietly(exchange());
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
