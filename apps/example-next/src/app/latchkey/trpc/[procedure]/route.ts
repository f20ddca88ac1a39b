import type { NextRequest } from "next/server";
import { latchkeySettings } from "../../../../server/settings";

/** Headers that belong to one connection, or that `fetch` sets by itself. */
const NOT_PASSED_ON = [
  "connection",
  "content-encoding",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
];

/** A Latchkey that is stuck keeps the connection and never answers. */
const TIMEOUT_MS = 10_000;

/**
 * Passes the calls of the browser's client on to Latchkey, so that the page and the session cookie have the
 * same origin. Latchkey judges by `Sec-Fetch-Site` and `Origin` which page is calling, so they are passed on
 * too.
 */
async function passOn(request: NextRequest): Promise<Response> {
  const path = request.nextUrl.pathname.slice("/latchkey".length);
  const init: RequestInit & { readonly duplex: "half" } = {
    method: request.method,
    headers: without(request.headers),
    body: request.body,
    duplex: "half",
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    cache: "no-store",
  };
  try {
    const answer = await fetch(latchkeySettings().url + path + request.nextUrl.search, init);
    return new Response(answer.body, { status: answer.status, headers: without(answer.headers) });
  } catch {
    // The browser's client keeps its session, and tries again.
    return new Response(null, { status: 502 });
  }
}

function without(headers: Headers): Headers {
  const passed = new Headers(headers);
  for (const name of NOT_PASSED_ON) passed.delete(name);
  return passed;
}

export { passOn as GET, passOn as POST };
