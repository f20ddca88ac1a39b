import { type CookieToSet, createServerClient } from "@latchkey/client/server";
import { type NextRequest, NextResponse } from "next/server";
import { browserHeaders } from "./server/browser-headers";
import { latchkeySettings } from "./server/settings";

/**
 * Renews an expired session before a page is rendered: a component cannot set the cookie, and would show a
 * signed-in user neither the page nor the sign-in form.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const renewed: CookieToSet[] = [];
  const { getUser } = createServerClient({
    ...latchkeySettings(),
    headers: browserHeaders(request.headers),
    cookies: {
      getAll: () => request.cookies.getAll(),
      setAll(cookies) {
        renewed.push(...cookies);
        // What is rendered sees the new cookie; the browser gets it with the answer.
        for (const { name, value } of cookies) request.cookies.set(name, value);
      },
    },
  });
  await getUser();
  const answer = NextResponse.next({ request: { headers: request.headers } });
  for (const { name, value, options } of renewed) answer.cookies.set(name, value, options);
  return answer;
}

/** Pages only: no files, and not the browser's own calls, which renew the session by themselves. */
export const config = { matcher: "/((?!_next/|latchkey/|.*\\..*).*)" };
