import { accountErrors } from "@latchkey/contracts/errors/account";
import type { ErrorDefinition } from "@latchkey/contracts/kit/errors";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { digest, type Known, type KnownPlaces, type Origin } from "../known-places/service.js";
import type { Bucket, LimitStore } from "./store.js";

export type { Origin } from "../known-places/service.js";

/** Whose secret is being guessed, and from where. */
export interface Guess {
  /**
   * The account's uuid, or what was typed if there is no such account; absent if the secret names no account.
   */
  readonly subject?: string | undefined;
  readonly from: Origin;
}

/** How many wrong guesses are allowed in a window. */
export interface GuessBounds {
  readonly windowMs: number;
  /** For one account from one network. */
  readonly perAccountAndNetwork: number;
  /** For one account from one device from which its owner has signed in before. */
  readonly perDevice: number;
  /** For one account from everywhere, except from places where its owner has signed in before. */
  readonly perAccount: number;
  /** From one network for all accounts. */
  readonly perNetwork: number;
}

/** How often something may be done within a time, whether it succeeds or not. */
export interface Quota {
  /** What is counted, such as `registrations`: each has its own counters. */
  readonly of: string;
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Bounds how often secrets can be guessed, wherever one is compared, and how often costly things are done.
 */
export interface Limits {
  /**
   * Compares a secret under the limits. The guess is counted beforehand, so that many at once cannot slip
   * through, and taken back if the secret was right or nothing was compared: only failures count. For a right
   * secret, `isNewPlace` says that it came from a device and a network from which its owner had not signed in
   * before, although they had from others. Raises `RATE_LIMITED`.
   */
  guard<T extends { readonly right: boolean }>(
    guess: Guess,
    compare: () => Promise<T>,
  ): Promise<T & { readonly isNewPlace: boolean }>;
  /**
   * Does something under a quota that each `key`, such as a network, has separately. It is counted
   * beforehand, and taken back only if it rejects. Raises `TOO_MANY_REQUESTS`.
   */
  within<T>(quota: Quota, key: string, act: () => Promise<T>): Promise<T>;
  /** Deletes a bounded number of expired counters; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface LimitDeps {
  readonly store: LimitStore;
  readonly places: Pick<KnownPlaces, "look">;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: GuessBounds;
}

const ROWS_PER_CLEANING = 1000;

export function createLimits({ store, places, clock, log, bounds }: LimitDeps): Limits {
  /** Counts one in each bucket; resolves to a function that takes that back. */
  const take = async (buckets: readonly Bucket[], windowMs: number, refusal: ErrorDefinition) => {
    const nowMs = clock.nowMs();
    const taken = await store.take(buckets, { nowMs, endsAtMs: nowMs + windowMs });
    if ("counted" in taken) return () => store.giveBack(taken.counted);
    const retryAfterSeconds = Math.max(1, Math.ceil((taken.fullUntilMs - nowMs) / 1000));
    throw new AppError(refusal, { retryAfterSeconds });
  };

  return {
    async guard(guess, compare) {
      const { subject, from } = guess;
      const known = subject === undefined ? undefined : await places.look(subject, from);
      const buckets = bucketsOf(guess, known, bounds);
      const giveBack = await take(buckets, bounds.windowMs, accountErrors.RATE_LIMITED);
      const verdict = await unlessItRejects(compare, giveBack);
      if (!verdict.right) return { ...verdict, isNewPlace: false };
      const isNewPlace = (await known?.isNew()) ?? false;
      // Not awaited: later writes come after it. If it cannot be written, the guess stays counted.
      Promise.all([giveBack(), known?.remember()]).catch((error: unknown) => {
        log("warn", "a correct password remains counted as a guess", { error });
      });
      return { ...verdict, isNewPlace };
    },

    async within({ of, limit, windowMs }, key, act) {
      const giveBack = await take(
        [{ id: digest(of, key), limit }],
        windowMs,
        accountErrors.TOO_MANY_REQUESTS,
      );
      return unlessItRejects(act, giveBack);
    },

    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

/** What was not done is not counted. */
async function unlessItRejects<T>(act: () => Promise<T>, giveBack: () => Promise<void>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await giveBack();
    throw error;
  }
}

function bucketsOf({ subject, from }: Guess, known: Known | undefined, bounds: GuessBounds): Bucket[] {
  const network = from.network();
  const device = from.device();
  const all = { id: digest("network", network), limit: bounds.perNetwork };
  if (subject === undefined) return [all];
  // Another user of the owner's network must not be able to lock them out of their device: nothing else
  // counts there.
  if (known?.device && device !== undefined) {
    return [{ id: digest("account and device", subject, device), limit: bounds.perDevice }];
  }
  const here = { id: digest("account and network", subject, network), limit: bounds.perAccountAndNetwork };
  // Strangers must not be able to lock an owner out of a place where they have signed in before, either.
  if (known?.network) return [here, all];
  return [here, all, { id: digest("account", subject), limit: bounds.perAccount }];
}
