import type { Origin } from "../../apps/server/src/features/limits/service.js";

/** Where a request comes from, for services that are called without one. */
export function originOf(network: string, more: Partial<Record<"site" | "address" | "device", string>> = {}) {
  const { site = network, address = network, device } = more;
  return {
    network: () => network,
    site: () => site,
    address: () => address,
    device: () => device,
    isGone: () => false,
  } satisfies Origin;
}
