import { digest, type Known, type Origin } from "../known-places/service.js";
import type { Bucket } from "./store.js";

/** Whose secret is being guessed, and from where. */
export interface Guess {
  /** The account's uuid; absent if there is no such account, or if the secret names none. */
  readonly subject?: string | undefined;
  /** What was typed to name the account, in the form in which names are compared; absent if nothing was. */
  readonly typed?: string | undefined;
  readonly from: Pick<Origin, "network" | "site" | "device">;
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

/** How much more is allowed from the /48 of an IPv6 address, which may have 65,536 networks. */
const NETWORKS_OF_A_SITE = 8;
/** An account is named in two ways, by its username and its address, and each has its own counter. */
const NAMES_OF_AN_ACCOUNT = 2;

/** The buckets of a network and, if it has one, of its site. */
export function bucketsOfNetwork(
  of: string,
  limit: number,
  from: Pick<Origin, "network" | "site">,
): readonly Bucket[] {
  const [network, site] = [from.network(), from.site()];
  const here = { id: digest(of, network), limit };
  return network === site ? [here] : [here, { id: digest(of, site), limit: limit * NETWORKS_OF_A_SITE }];
}

/**
 * The buckets of a guess. What was typed has its own counters: with only the account's, a refusal would
 * reveal that a name and an address belong together. The account's own allow as many as its names together,
 * in case one name can be spelled in more ways than we know.
 */
export function bucketsOfGuess(guess: Guess, known: Known | undefined, bounds: GuessBounds): Bucket[] {
  const { typed, from } = guess;
  const [all, ...site] = bucketsOfNetwork("network", bounds.perNetwork, from);
  const everyone = all === undefined ? [] : [all];
  if (typed === undefined) return [...everyone, ...site];
  // An unknown account has as many buckets as a known one: equal work.
  const subject = guess.subject ?? digest("unknown account", typed);
  const device = from.device();
  // Another user of the owner's network must not be able to lock them out of their device: nothing else
  // counts there.
  if (known?.device && device !== undefined) {
    return [{ id: digest("account and device", subject, device), limit: bounds.perDevice }];
  }
  const both = (of: string, limit: number, ...where: string[]) => [
    { id: digest(`${of}, as typed`, typed, ...where), limit },
    { id: digest(of, subject, ...where), limit: limit * NAMES_OF_AN_ACCOUNT },
  ];
  const here = both("account and network", bounds.perAccountAndNetwork, from.network());
  // Strangers must not be able to lock an owner out of a place where they have signed in before, either.
  if (known?.network) return [...here, ...everyone];
  return [...here, ...everyone, ...site, ...both("account", bounds.perAccount)];
}
