import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser } from "../support/chromium.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { type Example, enterByHand, openExample, openTab, status } from "./example.js";
import { procedureOf } from "./relay.js";

describe.skipIf(noBrowser !== undefined)(
  `a late answer to a refresh${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let example: Example;
    beforeAll(async () => {
      example = await openExample({ session: "cookie", environment: { COOKIE_SESSIONS: "on" } });
    }, 120_000);
    afterAll(() => example?.close());

    async function newUser() {
      const email = freshEmail();
      const account = { username: email.replace("@example.com", ""), email, password: PASSWORD };
      const { json } = await send(example.server, "POST", "/api/auth/register", { json: account });
      return { username: account.username, email, id: json.data.user.id as string };
    }

    /** Whose cookie the browser has. */
    async function owner(context: BrowserContext): Promise<string | undefined> {
      const [cookie] = await context.cookies(example.relay.url);
      const [, claims] = cookie?.value.split(".") ?? [];
      return claims && JSON.parse(Buffer.from(claims, "base64url").toString()).sub;
    }

    /** Two tabs of one profile, in which the first is waiting for the answer to its refresh. */
    async function twoTabs(prepare: (context: BrowserContext) => Promise<unknown>) {
      const { browser, pages, relay } = example;
      const context = await browser.newContext();
      await prepare(context);
      const first = await openTab(context, pages);
      const last = await enterByHand(first);
      const second = await openTab(context, pages);
      await status(second, "signed-in");
      await first.locator("[data-session]").first().waitFor();
      await second.locator("[data-session]").first().waitFor();
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      relay.delays = (path) => {
        if (procedureOf(path) !== "users.refreshToken") return undefined;
        relay.delays = () => undefined;
        return released;
      };
      relay.passed.length = 0;
      await first.bringToFront();
      await first.locator('[data-action="refresh"]').click();
      await expect.poll(asked).toContain("users.refreshToken");
      return { context, first, second, last, release };
    }

    const asked = () => example.relay.passed.map(({ path }) => procedureOf(path));

    /** Signs out and in as another user, by hand. */
    async function changeUser(page: Page, username: string) {
      await page.bringToFront();
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await status(page, "signed-out");
      await page.getByLabel("Username or email address").fill(username);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
    }

    it("never replaces the session that another tab begins for another user", async () => {
      const next = await newUser();
      const { context, first, second, release } = await twoTabs(async () => {});
      await changeUser(second, next.username);
      await second.getByRole("button", { name: "One moment …" }).waitFor();
      expect(asked()).not.toContain("auth.login");
      release();
      await status(second, "signed-in");
      await first.locator("[data-user]", { hasText: next.username }).waitFor();
      expect(await owner(context)).toBe(next.id);
      for (const page of [first, second]) {
        await page.reload();
        await page.locator("[data-address]", { hasText: next.email }).waitFor();
        expect(await page.locator("[data-user]").textContent()).toBe(next.username);
      }
      await context.close();
    });

    it("shows neither tab the wrong user's data in a browser without locks and channels", async () => {
      const next = await newUser();
      const { context, second, last, release } = await twoTabs((each) =>
        each.addInitScript(() => {
          Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
          Object.defineProperty(globalThis, "BroadcastChannel", { value: undefined });
        }),
      );
      await changeUser(second, next.username);
      await status(second, "signed-in");
      release();
      await expect.poll(() => owner(context)).not.toBe(next.id);
      await second.reload();
      // The browser has the last user's cookie, whose session has ended with the sign-out.
      await status(second, "signed-out");
      expect(await second.locator("body").textContent()).not.toContain(last);
      await context.close();
    });
  },
);
