import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../support/browser.js";
import { noBrowser } from "../support/chromium.js";
import { PASSWORD, registerUser, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { runningClock } from "./example.js";
import { type Neighbours, openNeighbours } from "./neighbours.js";

const NAME = "__Host-latchkey";
/** What a neighbour may write instead of the name, as bytes. */
const NAMES = [
  `\u00a0${NAME}`,
  `\u00a0\u00a0${NAME}`,
  `\u0085${NAME}`,
  `${NAME}\u00a0`,
  // The other whitespace of Unicode, in UTF-8.
  ...["\ufeff", "\u2003", "\u3000"].map((blank) => Buffer.from(`${blank}${NAME}`).toString("latin1")),
  NAME,
  ` \t${NAME}`,
  NAME.toUpperCase(),
  NAME.toLowerCase(),
  // A cookie without a name, whose value looks like one with it.
  `=${NAME}`,
  `=\u00a0${NAME}`,
];

describe.skipIf(noBrowser !== undefined)(
  `a cookie that a neighbouring host plants${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let server: TestServer;
    let neighbours: Neighbours;
    let browser: Browser;
    let attacker: string;
    beforeAll(async () => {
      server = await startServer({ environment: { COOKIE_SESSIONS: "on" }, clock: runningClock() });
      [neighbours, browser] = await Promise.all([openNeighbours(server.port), openBrowser()]);
      attacker = (await signUp(server)).token;
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      neighbours?.close();
      await server?.close();
    });

    /** Asks the server from its own page who is signed in, or signs in first. */
    async function me(context: BrowserContext, email?: string) {
      const page = await context.newPage();
      await page.goto(neighbours.appUrl);
      const answer = await page.evaluate(
        async ([given, password]) => {
          if (given !== undefined) {
            const headers = { "Content-Type": "application/json", "Latchkey-Session": "cookie" };
            const body = JSON.stringify({ email: given, password });
            const { status } = await fetch("/api/users/login", { method: "POST", headers, body });
            if (status !== 200) throw new Error(`The sign-in was answered with ${status}`);
          }
          const response = await fetch("/api/users/me");
          return response.status === 200 ? String((await response.json()).email) : response.status;
        },
        [email, PASSWORD] as const,
      );
      await page.close();
      return answer;
    }

    async function visitNeighbour(context: BrowserContext, names: readonly string[]) {
      const attributes = "Domain=shop.test; Path=/; Secure; Max-Age=3600";
      neighbours.planted = names.map((name) => `${name}=${attacker}; ${attributes}`);
      const page = await context.newPage();
      await page.goto(neighbours.neighbourUrl);
      await page.close();
    }

    it.each(NAMES)("signs no user in or out: %j", async (name) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      await visitNeighbour(context, [name]);
      expect(await me(context)).toBe(401);
      const email = await registerUser(server);
      expect(await me(context, email)).toBe(email);
      await visitNeighbour(context, [name]);
      expect(await me(context)).toBe(email);
      await context.close();
    });

    it("reaches the server behind a character that is not a blank, so the server has to look closely", async () => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      await visitNeighbour(context, NAMES);
      neighbours.received.length = 0;
      expect(await me(context)).toBe(401);
      expect(neighbours.received.join("; ")).toContain(`\u00a0${NAME}=${attacker}`);
      expect(neighbours.received.join("; ").split("; ")).not.toContain(`${NAME}=${attacker}`);
      await context.close();
    });
  },
);
