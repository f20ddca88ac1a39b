import type { IncomingMessage } from "node:http";
import type { Mount } from "../../mount.js";
import { isLoopback, namesLoopback } from "../../world/loopback.js";

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

/** Headers that proxies add to a request; some proxies add only one of these. */
const PROXIED = /^(forwarded|via|x-forwarded-.*|x-real-ip)$/;

/** The page of the latest mails. Their secrets give access to accounts, so it is for this machine alone. */
export function devMailMount(page: () => Promise<string>): Mount {
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY };
  return {
    path: "/dev/mail",
    // To others it looks as if there were no such page.
    answer: async (request) => (isFromHere(request) ? { headers, body: await page() } : undefined),
  };
}

/**
 * Not through a proxy, which may forward anyone's request, and not under a host name that an attacker may
 * have pointed here.
 */
function isFromHere({ socket, headers, httpVersion }: IncomingMessage): boolean {
  // No browser speaks HTTP/1.0, but some proxies do unless they are told otherwise.
  const isProxied = httpVersion === "1.0" || Object.keys(headers).some((name) => PROXIED.test(name));
  return isLoopback(socket.remoteAddress ?? "") && !isProxied && namesLoopback(headers.host);
}
