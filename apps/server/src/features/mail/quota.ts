import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Limits } from "../limits/service.js";

/** Does something that mails to an address, as often as the address and the network may have. Raises `TOO_MANY_REQUESTS`. */
export type MailQuota = <T>(to: string, from: { network(): string }, act: () => Promise<T>) => Promise<T>;

interface Bounds {
  readonly perAddress: number;
  readonly perNetwork: number;
  readonly windowMs: number;
}

/** Counted alike for addresses that somebody has and for those that nobody has. */
export function createMailQuota(limits: Pick<Limits, "within">, bounds: Bounds): MailQuota {
  const { windowMs } = bounds;
  const ofNetwork = { of: "mails from a network", limit: bounds.perNetwork, windowMs };
  const ofAddress = { of: "mails to an address", limit: bounds.perAddress, windowMs };
  return (to, from, act) =>
    limits.within(ofNetwork, from.network(), () => limits.within(ofAddress, comparisonKey(to), act));
}
