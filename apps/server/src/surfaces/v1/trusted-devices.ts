import { trustedDevices as contract } from "@latchkey/contracts/v1/trusted-devices";
import type { ListedDevice, TrustedDevices } from "../../features/factors/trusted-devices/service.js";
import { parseUserAgent } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** The trusted devices of the caller, over their service. */
export function trustedDevicesSurface({ trustedDevices }: { readonly trustedDevices: TrustedDevices }) {
  return implement<SessionPrincipal>()(contract, {
    list: async ({ principal, context }) => {
      const listed = await trustedDevices.listOf(principal.account, context.trustedDevice());
      return { devices: listed.map(shownDevice) };
    },
    forget: ({ principal, input }) => trustedDevices.forget(principal.account, input.id),
    forgetAll: async ({ principal }) => ({ forgotten: await trustedDevices.forgetAll(principal.account) }),
  });
}

function shownDevice({ id, userAgent, address, isCurrent, ...times }: ListedDevice) {
  return {
    id,
    ...parseUserAgent(userAgent),
    address,
    trustedAt: isoTime(times.createdAtMs),
    lastUsedAt: isoTime(times.lastUsedAtMs),
    expiresAt: isoTime(times.expiresAtMs),
    current: isCurrent,
  };
}

const isoTime = (ms: number) => new Date(ms).toISOString();
