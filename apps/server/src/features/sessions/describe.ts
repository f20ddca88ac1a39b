import type { SessionMethod } from "@latchkey/contracts/v1/sessions";
import type { Session } from "./store.js";
import { knownDevice, parseUserAgent } from "./user-agent.js";

/** Everything about a session that is ever shown. Each caller picks the fields that its readers may see. */
export function describeSession({ id, userAgent, address, ...session }: Session) {
  return {
    id,
    ...parseUserAgent(userAgent),
    userAgent,
    address,
    // Safe: admission and factors write no others.
    methods: session.methods.split(" ") as SessionMethod[],
    createdAt: isoTime(session.createdAtMs),
    lastSeenAt: isoTime(session.lastSeenAtMs),
    expiresAt: isoTime(session.expiresAtMs),
  };
}

/**
 * A device in one line for letters, such as `Firefox, Windows`, using only our own names; `?` if it is not
 * known.
 */
export function nameDevice(userAgent: string | null | undefined): string {
  const { browser, system } = knownDevice(userAgent);
  return [browser, system].filter((name) => name !== null).join(", ") || "?";
}

const isoTime = (ms: number) => new Date(ms).toISOString();
