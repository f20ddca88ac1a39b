import { createHash } from "node:crypto";
import { accountErrors } from "@latchkey/contracts/account-errors";
import { AppError } from "../../error.js";
import type { Clock } from "../../platform/clock.js";
import type { GuessStore } from "./store.js";

/** Whose password is guessed, and from where. */
export interface Guess {
  /** The account's uuid, or what was typed where there is no such account. */
  readonly subject: string;
  /** The network that the request came from. */
  readonly network: string;
}

/** How many wrong guesses a window takes. */
export interface GuessBounds {
  readonly windowMs: number;
  /** At one account from one network. */
  readonly perAccountAndNetwork: number;
  /** At one account from everywhere, except from places where its owner has signed in before. */
  readonly perAccount: number;
  /** From one network at all accounts. */
  readonly perNetwork: number;
}

/** Bounds how often passwords can be guessed, at every door that compares one. */
export interface GuessLimits {
  /**
   * Compares a password under the limits. The guess is counted before, so that many at once cannot slip through, and
   * taken back where the password was right or nothing was compared: only failures count. Raises `RATE_LIMITED`.
   */
  guard<T extends { readonly right: boolean }>(guess: Guess, compare: () => Promise<T>): Promise<T>;
  /** Deletes a bounded number of counters and places that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

interface Deps {
  readonly store: GuessStore;
  readonly clock: Clock;
  readonly bounds: GuessBounds;
}

/** How long a place counts as its owner's after a sign-in. */
const PLACE_MS = 90 * 24 * 60 * 60 * 1000;
const ROWS_PER_CLEANING = 1000;

export function createGuessLimits({ store, clock, bounds }: Deps): GuessLimits {
  return {
    async guard({ subject, network }, compare) {
      const nowMs = clock.nowMs();
      const place = digest("place", subject, network);
      const isKnown = await store.knows(place, nowMs);
      const buckets = [
        { id: digest("account and network", subject, network), limit: bounds.perAccountAndNetwork },
        { id: digest("network", network), limit: bounds.perNetwork },
        // Strangers must not be able to lock an owner out of where they have signed in before.
        ...(isKnown ? [] : [{ id: digest("account", subject), limit: bounds.perAccount }]),
      ];
      const fullUntilMs = await store.take(buckets, { nowMs, endsAtMs: nowMs + bounds.windowMs });
      if (fullUntilMs !== undefined) throw rateLimited(fullUntilMs - nowMs);

      const giveBack = () => store.giveBack(buckets.map(({ id }) => id));
      const verdict = await compare().catch(async (error: unknown) => {
        await giveBack();
        throw error;
      });
      if (verdict.right) {
        await Promise.all([giveBack(), store.remember(place, nowMs + PLACE_MS)]);
      }
      return verdict;
    },

    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

function rateLimited(waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError(accountErrors.RATE_LIMITED, { retryAfterSeconds });
}

/** Neither addresses nor login names are kept with the counters. */
function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
