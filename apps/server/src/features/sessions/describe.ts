import type { Session } from "./store.js";
import { type Device, parseUserAgent, recognise } from "./user-agent.js";

/** A session as people are shown it. */
export function describeSession({ id, userAgent, address, ...session }: Session) {
  return {
    id,
    ...parseUserAgent(userAgent),
    address,
    createdAt: new Date(session.createdAtMs).toISOString(),
    lastSeenAt: new Date(session.lastSeenAtMs).toISOString(),
    expiresAt: new Date(session.expiresAtMs).toISOString(),
  };
}

/** A device in one line, such as `Firefox, Linux`; empty where nothing is known of it. */
export function describeDevice(userAgent: string | null | undefined): string {
  return inOneLine(parseUserAgent(userAgent));
}

/** The same for letters, in words of ours only; `?` where the device is not recognised. */
export function nameDevice(userAgent: string | null | undefined): string {
  return inOneLine(recognise(userAgent)) || "?";
}

function inOneLine({ browser, system }: Device): string {
  return [browser, system].filter((name) => name !== null).join(", ");
}
