import type { Client, ClientOptions } from "@latchkey/client";
import type { TestServer } from "../support/server.js";
import { type Browser, openBrowser } from "./browser.js";

/** The page's origin, on the server's own site. */
export const APP = "https://app.example.com";
export const COOKIES_ON = { COOKIE_SESSIONS: "on", CORS_ORIGINS: APP };

/** A browser with a jar for the session cookie, whose pages have an origin. */
export interface CookieBrowser extends Browser {
  /** The contents of the cookie; no page can read it. */
  cookie(): string | undefined;
  setCookie(value: string | undefined): void;
  /** Everything that all pages together have seen of answers. */
  readonly seen: string[];
}

export function openCookieBrowser(server: Pick<TestServer, "url">): CookieBrowser {
  const browser = openBrowser(server);
  let jar: string | undefined;
  const seen: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    headers.set("Sec-Fetch-Site", "same-site");
    headers.set("Origin", APP);
    const sendsCookies = init.credentials === "include";
    if (sendsCookies && jar !== undefined) headers.set("Cookie", `__Host-latchkey=${jar}`);
    const answer = await browser.network.fetch(url, { ...init, headers });
    const set = /^__Host-latchkey=([^;]*);.*Max-Age=(\d+)/.exec(answer.headers.get("set-cookie") ?? "");
    if (sendsCookies && set !== null) jar = set[2] === "0" ? undefined : set[1];
    seen.push(await answer.clone().text());
    return answer;
  };
  return {
    ...browser,
    cookie: () => jar,
    setCookie(value) {
      jar = value;
    },
    seen,
    tab: (options?: Partial<ClientOptions>): Client => browser.tab({ session: "cookie", fetch, ...options }),
  };
}
