import { isIP } from "node:net";

/** Whether an address is this machine's own: 127.0.0.0/8 or ::1, also written inside IPv6. */
export function isLoopback(address: string): boolean {
  const bare = address.replace(/^::ffff:/, "");
  return bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/**
 * Whether a `Host` header names this machine as only its own users can: an attacker can make any other name
 * resolve to it, and a browser then treats the server as part of the attacker's site.
 */
export function namesLoopback(host: string | undefined): boolean {
  const name = hostName(host).toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || isLoopback(name);
}

/** The name in a `Host` header, without its port and brackets. */
export function hostName(host = ""): string {
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
