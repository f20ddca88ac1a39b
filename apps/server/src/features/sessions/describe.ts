import type { Session } from "./store.js";
import { parseUserAgent } from "./user-agent.js";

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
  const { browser, system } = parseUserAgent(userAgent);
  return [browser, system].filter((name) => name !== null).join(", ");
}
