import type { Session } from "./store.js";
import { knownDevice, parseUserAgent } from "./user-agent.js";

/** All that is ever shown of a session. Each caller picks from it what its readers are to see. */
export function describeSession({ id, userAgent, address, ...session }: Session) {
  return {
    id,
    ...parseUserAgent(userAgent),
    userAgent,
    address,
    createdAt: isoTime(session.createdAtMs),
    lastSeenAt: isoTime(session.lastSeenAtMs),
    expiresAt: isoTime(session.expiresAtMs),
  };
}

/** A device in one line for letters, such as `Firefox, Windows`, in words of ours alone; `?` where it is not known. */
export function nameDevice(userAgent: string | null | undefined): string {
  const { browser, system } = knownDevice(userAgent);
  return [browser, system].filter((name) => name !== null).join(", ") || "?";
}

const isoTime = (ms: number) => new Date(ms).toISOString();
