import { isIP } from "node:net";
import { oneOf, positiveNumber, type Setting, wholeNumber } from "../settings/setting.js";
import { parseTrustedProxies } from "./request/network.js";

export const httpSettings = {
  port: {
    name: "PORT",
    meaning: "The port to listen on; 0 picks a free one.",
    fallback: "8000",
    parse: wholeNumber({ min: 0, max: 65_535 }),
  },
  host: {
    name: "HOST",
    meaning: "The address to listen on.",
    absent: "every address, over IPv4 and IPv6",
    parse: listenAddress,
  } satisfies Setting<string>,
  managementPort: {
    name: "MANAGEMENT_PORT",
    meaning: "A port for `/metrics`, `/livez` and `/readyz`, not meant for the public; 0 picks a free one.",
    absent: "none: nothing is measured",
    parse: wholeNumber({ min: 0, max: 65_535 }),
  } satisfies Setting<number>,
  managementHost: {
    name: "MANAGEMENT_HOST",
    meaning: "The address to listen on for that port.",
    fallback: "127.0.0.1",
    parse: listenAddress,
  },
  workers: {
    name: "WORKERS",
    meaning: "Processes that share the port. They also share the cores for password hashes.",
    fallback: "1",
    parse: wholeNumber({ min: 1, max: 256 }),
  },
  corsOrigins: {
    name: "CORS_ORIGINS",
    meaning:
      "The origins of frontends that may read answers, separated by commas; those of apps too, such as " +
      "`capacitor://localhost`.",
    fallback: "http://localhost:3000,http://localhost:5173",
    parse: origins,
  },
  cookieSessions: {
    name: "COOKIE_SESSIONS",
    meaning:
      "Whether browsers that send `Latchkey-Session: cookie` get the token in a cookie that scripts " +
      "cannot read: `on` or `off`.",
    fallback: "off",
    parse: oneOf("off", "on"),
  },
  trustProxy: {
    name: "TRUST_PROXY",
    meaning:
      "The proxies in front whose `X-Forwarded-For` is trusted: their number, or their networks, " +
      "separated by commas.",
    fallback: "0",
    parse: parseTrustedProxies,
  },
  connections: {
    name: "CONNECTIONS",
    meaning:
      "How many connections a process keeps open. When another one arrives, the oldest idle one is closed.",
    fallback: "10000",
    parse: wholeNumber({ min: 1, max: 1_000_000 }),
  },
  connectionsPerNetwork: {
    name: "CONNECTIONS_PER_NETWORK",
    meaning:
      "The same for one IPv4 address or IPv6 /64; an IPv6 /48 may have four times as many. Connections from " +
      "the proxies in `TRUST_PROXY` are not counted.",
    fallback: "1000",
    parse: wholeNumber({ min: 1, max: 1_000_000 }),
  },
  drainSeconds: {
    name: "DRAIN_SECONDS",
    meaning:
      "How long after SIGTERM or SIGHUP requests are still accepted while `/readyz` answers 503, so that a load " +
      "balancer notices.",
    fallback: "0",
    parse: wholeNumber({ min: 0, max: 600 }),
  },
  shutdownSeconds: {
    name: "SHUTDOWN_SECONDS",
    meaning: "How long after that requests in progress may take before they are cut off.",
    fallback: "10",
    parse: positiveNumber({ max: 600 }),
  },
} as const;

/**
 * Labels of letters, digits and hyphens, the last with a letter: digits alone are a number to the resolver.
 */
const HOST_NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?=[a-z0-9-]*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/i;

function listenAddress(value: string): { readonly value: string } | { readonly fault: string } {
  return isIP(value) !== 0 || HOST_NAME.test(value)
    ? { value }
    : {
        fault:
          "must be an address such as 127.0.0.1 or ::1, or a host name, without brackets, port or http://",
      };
}

function origins(listing: string): { readonly value: ReadonlySet<string> } | { readonly fault: string } {
  const listed = listing
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
  if (listed.some((origin) => origin.includes("*")))
    return {
      fault:
        "must list each origin by itself: `*` and patterns such as https://*.example.com are not accepted",
    };
  if (!listed.every(isOrigin))
    return {
      fault: "must list origins such as https://app.example.com or app://localhost, without a path",
    };
  return { value: new Set(listed) };
}

/** Schemes whose pages have no origin: browsers send `null` for them. */
const WITHOUT_ORIGIN = /^(about|blob|data|file|filesystem|javascript|null):/;

/**
 * Whether this is how browsers write an origin. The URL standard knows no origins of apps' own schemes, such as
 * `capacitor://localhost` and `chrome-extension://…`, but browsers send them as `scheme://host`.
 */
function isOrigin(text: string): boolean {
  if (URL.canParse(text) && new URL(text).origin !== "null") return new URL(text).origin === text;
  return /^[a-z][a-z0-9+.-]*:\/\/[a-zA-Z0-9._~-]+(:\d{1,5})?$/.test(text) && !WITHOUT_ORIGIN.test(text);
}
