import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser } from "../support/chromium.js";
import { type Example, openExample, openTab, signInByHand, signUpByHand, status } from "./example.js";
import { procedureOf } from "./relay.js";

const NAME = "__Host-latchkey";

describe.skipIf(noBrowser !== undefined)(
  `a session in a cookie${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let example: Example;
    beforeAll(async () => {
      example = await openExample({ session: "cookie", environment: { COOKIE_SESSIONS: "on" } });
    }, 120_000);
    afterAll(() => example?.close());

    const cookieOf = async (context: BrowserContext) =>
      (await context.cookies(example.relay.url)).find(({ name }) => name === NAME);

    it("has the attributes that protect it from scripts, neighbours and other sites", async () => {
      const { context } = await signUpByHand(example);
      expect(await cookieOf(context)).toMatchObject({
        httpOnly: true,
        secure: true,
        sameSite: "Lax",
        path: "/",
        domain: "localhost",
      });
    });

    it("is nowhere that a script could read it: not in the document, not in storage, not in an answer", async () => {
      const { context, page } = await signUpByHand(example);
      const { value = "" } = (await cookieOf(context)) ?? {};
      expect(value).toMatch(/^eyJ/);
      const readable = await page.evaluate(() =>
        JSON.stringify([document.cookie, Object.values(localStorage), Object.values(sessionStorage)]),
      );
      expect(readable).not.toContain("eyJ");
      expect(example.relay.passed.filter(({ body }) => body.includes(value))).toEqual([]);
    });

    it("survives a reload, is renewed, is shared by tabs, and ends in all of them", async () => {
      const { context, page, username } = await signUpByHand(example);
      await page.reload();
      await status(page, "signed-in");
      const before = await cookieOf(context);
      await page.locator('[data-action="refresh"]').click();
      await page.locator('[data-renewed="1"]').waitFor();
      expect((await cookieOf(context))?.value).not.toBe(before?.value);
      const other = await openTab(context, example.pages);
      await status(other, "signed-in");
      await page.bringToFront();
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await status(other, "signed-out");
      // The tabs hear of it before the server does.
      await expect.poll(() => cookieOf(context)).toBeUndefined();
      await signInByHand(other, username);
      await status(page, "signed-in");
    });

    /** A page of another site, open in the browser of a signed-in user. */
    const openForeignPage = async (context: BrowserContext): Promise<Page> => {
      const page = await context.newPage();
      await page.goto(`${example.pages.otherSiteUrl}/foreign.html`);
      return page;
    };

    it("is not used by a form on another site", async () => {
      const { context, page } = await signUpByHand(example);
      const foreign = await openForeignPage(context);
      for (const path of ["/api/users/logout", "/api/v1/sessions/end-all"]) {
        await foreign.goto(`${example.pages.otherSiteUrl}/foreign.html`);
        const answered = foreign.waitForResponse((response) => response.url().endsWith(path));
        await foreign.evaluate((action) => {
          const form = document.createElement("form");
          Object.assign(form, { method: "POST", action });
          document.body.append(form);
          form.submit();
        }, `${example.relay.url}${path}`);
        expect((await answered).status(), path).toBe(401);
        await foreign.waitForURL(`**${path}`);
      }
      await foreign.close();
      await page.reload();
      await status(page, "signed-in");
    });

    it("is not used by fetch from another site, which could not read the answer either", async () => {
      const { context, page } = await signUpByHand(example);
      const foreign = await openForeignPage(context);
      example.relay.passed.length = 0;
      const outcomes = await foreign.evaluate(async (url) => {
        const tries: Array<[string, RequestInit]> = [
          ["/api/users/me", { credentials: "include" }],
          ["/api/users/me", { credentials: "include", mode: "no-cors" }],
          ["/api/users/logout", { method: "POST", credentials: "include", mode: "no-cors" }],
          [
            "/api/users/logout",
            { method: "POST", credentials: "include", headers: { "Latchkey-Session": "cookie" } },
          ],
        ];
        const read = async ([path, init]: [string, RequestInit]) => {
          try {
            return (await (await fetch(url + path, init)).text()) || "nothing";
          } catch {
            return "nothing";
          }
        };
        return Promise.all(tries.map(read));
      }, example.relay.url);
      expect(outcomes).toEqual(["nothing", "nothing", "nothing", "nothing"]);
      expect(example.relay.passed.map(({ status }) => status)).toEqual(example.relay.passed.map(() => 401));
      await page.reload();
      await status(page, "signed-in");
    });

    it("signs out in Strict Mode and over the relay with one call", async () => {
      const { page } = await signUpByHand(example);
      example.relay.passed.length = 0;
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await status(page, "signed-out");
      await expect
        .poll(() => example.relay.passed.map(({ path }) => procedureOf(path)))
        .toContain("users.logout");
    });
  },
);
