import { accountErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import { AppError } from "../../error.js";
import type { Limits, Network, Quota } from "../limits/service.js";

/** How many mails of all kinds an address gets for each link that it may get. */
const MAILS_PER_LINK = 4;

/** How many mails with links an address gets, whatever becomes of its account, and a network asks for. */
export interface MailQuota {
  /**
   * Does something that sends mail to an address, within the quotas of the address and the network. Raises
   * `TOO_MANY_REQUESTS`.
   */
  within<T>(to: string, from: Network, act: () => Promise<T>): Promise<T>;
  /** Counts a mail to an address; resolves to whether it may be sent. */
  allows(to: string): Promise<boolean>;
  /** Counts a mail of any kind that is about to be sent; resolves to whether it may be. */
  mayBeSent(to: string): Promise<boolean>;
}

interface Bounds {
  readonly perAddress: number;
  readonly perNetwork: number;
  readonly windowMs: number;
}

/** Counted in the same way for addresses with an account and for those without one. */
export function createMailQuota(limits: Pick<Limits, "within">, bounds: Bounds): MailQuota {
  const { windowMs } = bounds;
  const ofNetwork = { of: "mails from a network", limit: bounds.perNetwork, windowMs };
  const ofAddress = { of: "mails to an address", limit: bounds.perAddress, windowMs };
  const ofEveryKind = { ...ofAddress, of: "mails of every kind", limit: bounds.perAddress * MAILS_PER_LINK };
  const toAddress = <T>(to: string, act: () => Promise<T>) =>
    limits.within(ofAddress, comparisonKey(to), act);
  const hasRoom = (quota: Quota, to: string) =>
    limits
      .within(quota, comparisonKey(to), async () => true)
      .catch((error: unknown) => {
        if (error instanceof AppError && error.definition === accountErrors.TOO_MANY_REQUESTS) return false;
        throw error;
      });
  return {
    within: (to, from, act) => limits.within(ofNetwork, from, () => toAddress(to, act)),

    allows: (to) => hasRoom(ofAddress, to),
    mayBeSent: (to) => hasRoom(ofEveryKind, to),
  };
}
