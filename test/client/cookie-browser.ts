import type { Client, ClientOptions } from "@latchkey/client";
import type { TestServer } from "../support/server.js";
import { type Browser, openBrowser } from "./browser.js";

/** The page's origin, on the server's own site. */
export const APP = "https://app.example.com";
export const COOKIES_ON = { COOKIE_SESSIONS: "on", CORS_ORIGINS: APP };

const SESSION = "__Host-latchkey";

/** A browser with a jar for the server's cookies, whose pages have an origin. */
export interface CookieBrowser extends Browser {
  /** The contents of the session's cookie; no page can read it. */
  cookie(): string | undefined;
  setCookie(value: string | undefined): void;
  /** Everything that all pages together have seen of answers. */
  readonly seen: string[];
}

export function openCookieBrowser(server: Pick<TestServer, "url">): CookieBrowser {
  const browser = openBrowser(server);
  const jar = new Map<string, string>();
  const seen: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    headers.set("Sec-Fetch-Site", "same-site");
    headers.set("Origin", APP);
    const sendsCookies = init.credentials === "include";
    if (sendsCookies && jar.size > 0)
      headers.set("Cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const answer = await browser.network.fetch(url, { ...init, headers });
    for (const cookie of sendsCookies ? answer.headers.getSetCookie() : []) {
      const [, name = "", value = "", age] = /^(__Host-[\w-]+)=([^;]*);.*Max-Age=(\d+)/.exec(cookie) ?? [];
      if (age === "0") jar.delete(name);
      else jar.set(name, value);
    }
    seen.push(await answer.clone().text());
    return answer;
  };
  return {
    ...browser,
    cookie: () => jar.get(SESSION),
    setCookie(value) {
      if (value === undefined) jar.delete(SESSION);
      else jar.set(SESSION, value);
    },
    seen,
    tab: (options?: Partial<ClientOptions>): Client => browser.tab({ session: "cookie", fetch, ...options }),
  };
}
