import { accountErrors } from "@latchkey/contracts/errors/account";
import type { ErrorDefinition } from "@latchkey/contracts/kit/errors";
import { NO_CHANGE } from "../../database/change.js";
import { AppError, unavailable } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { systemUptime, type Uptime } from "../../world/uptime.js";
import { digest, type KnownPlaces, type Origin, type Proven } from "../known-places/service.js";
import { bucketsOfGuess, bucketsOfNetwork, type Guess, type GuessBounds } from "./buckets.js";
import { createFlights } from "./flights.js";
import type { Bucket, Counted, LimitStore } from "./store.js";

export type { Origin, Proven } from "../known-places/service.js";
export type { Guess, GuessBounds } from "./buckets.js";

/** How often something may be done within a time, whether it succeeds or not. */
export interface Quota {
  /** What is counted, such as `registrations`: each has its own counters. */
  readonly of: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** A network, and the site that it belongs to. */
export type Network = Pick<Origin, "network" | "site">;

/**
 * Bounds how often secrets can be guessed, wherever one is compared, and how often costly things are done.
 */
export interface Limits {
  /**
   * Compares a secret under the limits; `isKnown` says whether the account's owner has signed in from there
   * before. The guess is counted beforehand, so that many at once cannot slip through, and taken back if the
   * secret was right or nothing was compared: only failures count. While those that fill a counter are still
   * being compared, another waits for its turn. For a right secret, `place` is where it came from, to be
   * remembered with what it allows. Raises `RATE_LIMITED`, and `UNAVAILABLE` if it waited in vain.
   */
  guard<T extends { readonly right: boolean }>(
    guess: Guess & { readonly from: Origin },
    compare: (isKnown: boolean) => Promise<T>,
  ): Promise<T & { readonly place: Proven }>;
  /**
   * Does something whose refusal tells a stranger who has an account. Refusals count for the network, as many
   * as wrong passwords, but separately. Raises `TOO_MANY_REQUESTS`.
   */
  revealing<T>(from: Network & Pick<Origin, "isGone">, act: () => Promise<T>): Promise<T>;
  /**
   * Does something under a quota that each network, or each text such as an address, has separately. It is
   * counted beforehand, and taken back only if it rejects. Raises `TOO_MANY_REQUESTS`.
   */
  within<T>(quota: Quota, key: string | Network, act: () => Promise<T>): Promise<T>;
  /**
   * Does something that a signed-in user does to their own account, `of` a kind. Each leaves an entry in the audit
   * log, and so each account may do only so many of a kind in an hour, not counting those that reject. Raises
   * `TOO_MANY_REQUESTS`.
   */
  changing<T>(of: string, account: string, act: () => Promise<T>): Promise<T>;
  /** Deletes a bounded number of counters that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface LimitDeps {
  readonly store: LimitStore;
  readonly places: Pick<KnownPlaces, "look">;
  readonly clock: Clock;
  /** The machine's unless given. */
  readonly uptime?: Uptime;
  readonly log: Log;
  readonly changesPerAccount: number;
  readonly bounds: GuessBounds;
}

const ROWS_PER_CLEANING = 1000;
const CHANGES_WINDOW_MS = 60 * 60_000;
/** No setting allows a longer window. */
const LONGEST_WINDOW_MS = 525_600 * 60_000;
/**
 * How many may wait for others that are being compared, and for how long: with the wait for a hash after it,
 * still less than the ten seconds after which clients give up.
 */
const MOST_WAITING = 1000;
const LONGEST_WAIT_MS = 4000;

const NOWHERE: Proven = { isNew: false, remembering: NO_CHANGE, remember: async () => {} };

export function createLimits(deps: LimitDeps): Limits {
  const { store, places, clock, uptime = systemUptime, log, changesPerAccount, bounds } = deps;
  const flights = createFlights(MOST_WAITING);

  const refusalOf = (refusal: ErrorDefinition, full: readonly { readonly endsAtMs: number }[]) => {
    const untilMs = Math.max(...full.map(({ endsAtMs }) => endsAtMs));
    const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - clock.nowMs()) / 1000));
    return new AppError(refusal, { retryAfterSeconds });
  };

  const take = async (buckets: readonly Bucket[], windowMs: number) => {
    const nowMs = clock.nowMs();
    const begun = { era: uptime.era ?? null, begunUptimeMs: uptime.nowMs() };
    const taken = await store.take(buckets, { nowMs, endsAtMs: nowMs + windowMs, ...begun });
    if ("full" in taken) return taken;
    return { flight: flights.begin(buckets.map(({ id }) => id)), counted: taken.counted };
  };

  /** Counts one in each bucket, after those that are being compared and may still be taken back. */
  const takeInTurn = async (
    buckets: readonly Bucket[],
    from: Pick<Origin, "isGone">,
    refusal: ErrorDefinition,
  ) => {
    const endMs = performance.now() + LONGEST_WAIT_MS;
    const ids = buckets.map(({ id }) => id);
    let changed: string | undefined;
    for (;;) {
      const watch = flights.watch(ids);
      const taken = await take(buckets, bounds.windowMs).catch((error: unknown) => {
        watch.end([]);
        throw error;
      });
      const full = "full" in taken ? taken.full.map(({ id }) => id) : [];
      const hasRoomAgain = watch.end(full);
      if ("flight" in taken) return taken;
      if (changed !== undefined && !full.includes(changed)) flights.passOn(changed);
      changed = undefined;
      const leftMs = endMs - performance.now();
      if (hasRoomAgain && leftMs > 0 && !from.isGone()) continue;
      changed = from.isGone() ? undefined : await flights.change(full, leftMs);
      if (changed !== undefined) continue;
      // The limit has not been reached as long as what fills it may be taken back: this is a crowd.
      throw hasRoomAgain || flights.areInFlight(full) ? unavailable() : refusalOf(refusal, taken.full);
    }
  };

  /** The answer does not wait for it, but others that find the counter full do. */
  const takeBack = async (counted: readonly Counted[]) => {
    try {
      await store.giveBack(counted);
    } catch (error) {
      // It stays counted.
      log("warn", "a count could not be taken back", { error });
    }
  };

  /** Acts on what was counted beforehand, and takes the count back if the outcome `isTakenBack`. */
  const countedUnless = async <T>(
    { flight, counted }: Exclude<Awaited<ReturnType<typeof take>>, { full: unknown }>,
    act: () => Promise<T>,
    isTakenBack: (outcome: { readonly value: T } | { readonly error: unknown }) => boolean,
  ): Promise<T> => {
    const outcome = await act().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const isBack = isTakenBack(outcome);
    const takenBack = isBack ? takeBack(counted) : undefined;
    if (takenBack === undefined || store.givesBackInOrder) flight.end(isBack);
    else void takenBack.then(() => flight.end(true));
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  };

  const within: Limits["within"] = async ({ of, limit, windowMs }, key, act) => {
    const buckets =
      typeof key === "string" ? [{ id: digest(of, key), limit }] : bucketsOfNetwork(of, limit, key);
    const taken = await take(buckets, windowMs);
    if ("full" in taken) throw refusalOf(accountErrors.TOO_MANY_REQUESTS, taken.full);
    return countedUnless(taken, act, (outcome) => "error" in outcome);
  };

  return {
    async guard(guess, compare) {
      const { subject, from } = guess;
      const known = subject === undefined ? undefined : await places.look(subject, from);
      const buckets = bucketsOfGuess(guess, known, bounds);
      const taken = await takeInTurn(buckets, from, accountErrors.RATE_LIMITED);
      const isKnown = known !== undefined && (known.network || known.device);
      const verdict = await countedUnless(
        taken,
        () => compare(isKnown),
        (outcome) => "error" in outcome || outcome.value.right,
      );
      if (!verdict.right || known === undefined) return { ...verdict, place: NOWHERE };
      return { ...verdict, place: await known.proven() };
    },

    async revealing(from, act) {
      const buckets = bucketsOfNetwork("refusals that reveal", bounds.perNetwork, from);
      const taken = await takeInTurn(buckets, from, accountErrors.TOO_MANY_REQUESTS);
      const isRefusal = (error: unknown) => error instanceof AppError && error.definition.status < 500;
      return countedUnless(taken, act, (outcome) => !("error" in outcome && isRefusal(outcome.error)));
    },

    within,
    changing: (of, account, act) =>
      within({ of: `changes: ${of}`, limit: changesPerAccount, windowMs: CHANGES_WINDOW_MS }, account, act),

    deleteOver() {
      const nowMs = clock.nowMs();
      return store.deleteOver({ nowMs, endsAtMs: nowMs + LONGEST_WINDOW_MS, limit: ROWS_PER_CLEANING });
    },
  };
}
