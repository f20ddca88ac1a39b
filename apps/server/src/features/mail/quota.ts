import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Limits } from "../limits/service.js";

/**
 * Does something that sends mail to an address, within the quotas of the address and the network. Raises
 * `TOO_MANY_REQUESTS`.
 */
export type MailQuota = <T>(to: string, from: { network(): string }, act: () => Promise<T>) => Promise<T>;

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
  return (to, from, act) =>
    limits.within(ofNetwork, from.network(), () => limits.within(ofAddress, comparisonKey(to), act));
}
