import { accountErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import { AppError } from "../../error.js";
import type { Limits, Network, Quota } from "../limits/service.js";
import type { AnyLetterKind } from "./letter.js";

/**
 * How many mails of one kind an address gets for each link that one asker may have sent: an asker who uses up
 * their own share leaves as much to the owner of the address.
 */
const ASKERS_SHARES = 2;

/**
 * How many shares are left, once these are used up, for further accounts, which get one mail each: none of the
 * askers who used them up may be the address's owner.
 */
const SHARES_OF_OTHERS = 1;

/** Who asks for which link to be mailed to which address. */
export interface LinkRequest {
  readonly letter: AnyLetterKind;
  readonly to: string;
  /** An account's uuid, or the site of a caller who is not signed in; absent for administrators. */
  readonly by?: string | undefined;
}

/**
 * How many links each asker may have mailed to an address and each network may ask for, and how many mails an
 * address gets. Each kind of letter is counted by itself, so that requests for one, which strangers may make,
 * use up nothing of another; what becomes of an address's account changes nothing.
 */
export interface MailQuota {
  /**
   * Does something that has a link mailed, within the quotas of the asker and the network. Raises
   * `TOO_MANY_REQUESTS`.
   */
  within<T>(request: LinkRequest, from: Network, act: () => Promise<T>): Promise<T>;
  /** Counts a link that an asker has mailed; resolves to whether it may be. */
  allows(request: LinkRequest): Promise<boolean>;
  /** Counts a mail that is about to be sent; resolves to whether it may be. */
  mayBeSent(mail: {
    readonly to: string;
    readonly template: string;
    /** The uuid of the account that it is about, which has asked for it if it goes to another's address. */
    readonly about: string | null;
  }): Promise<boolean>;
}

interface Bounds {
  readonly perAddress: number;
  readonly perNetwork: number;
  readonly windowMs: number;
}

/** Requests are counted in the same way for addresses with an account and for those without one. */
export function createMailQuota(limits: Pick<Limits, "within">, bounds: Bounds): MailQuota {
  const { perAddress, perNetwork, windowMs } = bounds;
  const ofNetwork = ({ name }: AnyLetterKind): Quota => {
    return { of: `requests of ${name} from a network`, limit: perNetwork, windowMs };
  };
  const ofAsker = ({ letter, by = "" }: LinkRequest): Quota => {
    return { of: `requests of ${letter.name} by ${by}`, limit: perAddress, windowMs };
  };
  const ofAddress = (template: string): Quota => {
    return { of: `mails of ${template} to an address`, limit: perAddress * ASKERS_SHARES, windowMs };
  };
  const ofOthers = (template: string): Quota => {
    return { of: `more mails of ${template} to an address`, limit: perAddress * SHARES_OF_OTHERS, windowMs };
  };
  const oneEach = (template: string, about: string): Quota => {
    return { of: `more mails of ${template} about ${about}`, limit: 1, windowMs };
  };
  const toAddress = <T>(quota: Quota, to: string, act: () => Promise<T>) =>
    limits.within(quota, comparisonKey(to), act);
  const hasRoom = (quota: Quota, to: string) =>
    toAddress(quota, to, async () => true).catch((error: unknown) => {
      if (error instanceof AppError && error.definition === accountErrors.TOO_MANY_REQUESTS) return false;
      throw error;
    });
  return {
    within: (request, from, act) =>
      limits.within(ofNetwork(request.letter), from, () => toAddress(ofAsker(request), request.to, act)),
    allows: (request) => hasRoom(ofAsker(request), request.to),
    mayBeSent: async ({ to, template, about }) =>
      (await hasRoom(ofAddress(template), to)) ||
      (about !== null &&
        (await hasRoom(oneEach(template, about), to)) &&
        (await hasRoom(ofOthers(template), to))),
  };
}
