import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import lock from "../../package-lock.json" with { type: "json" };
import { noBrowser } from "../support/chromium.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { type NextExample, openNext, register, shows } from "./next.js";
import { procedureOf } from "./relay.js";

// Next.js and a browser are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const NAME = "__Host-latchkey";

describe.skipIf(noBrowser !== undefined)(
  `the example in Next.js${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let example: NextExample;
    let next: NextExample["next"];
    let relay: NextExample["relay"];
    let server: NextExample["server"];
    let context: BrowserContext;
    let page: Page;
    beforeAll(async () => {
      example = await openNext();
      ({ next, relay, server } = example);
    }, 600_000);
    afterAll(() => example?.close());
    beforeEach(async () => {
      context = await example.browser.newContext({ locale: "en-US" });
      page = await context.newPage();
    });
    afterEach(() => context?.close());

    const cookie = async () => (await context.cookies(next.url)).find(({ name }) => name === NAME)?.value;
    const called = (procedure: string) =>
      relay.passed.filter(({ path }) => procedureOf(path) === procedure).length;
    /** What the browser's own client says. */
    const known = (status: string) => page.locator(`footer [data-status="${status}"]`).waitFor();
    const press = (name: string) => page.getByRole("button", { name, exact: true }).click();

    /** Makes the page look again, as it does when its tab comes to the front. */
    const look = () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

    const account = () => register(server);

    async function signIn({ username }: { readonly username: string }) {
      await page.goto(`${next.url}/sign-in`);
      await page.getByLabel("Username or email address").fill(username);
      await page.getByLabel("Password").fill(PASSWORD);
      await press("Sign in");
      await page.waitForURL("**/account");
    }

    async function signedIn() {
      const user = await account();
      await signIn(user);
      await known("signed-in");
      return user;
    }

    it("signs up by a server action, and the browser's client knows at once", async () => {
      await page.goto(`${next.url}/sign-up`);
      await known("signed-out");
      await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
      const email = freshEmail();
      await page.getByLabel("Username").fill(email.replace("@example.com", ""));
      await page.getByLabel("Email address").fill(email);
      await page.getByLabel("Password").fill(PASSWORD);
      await press("Sign up");
      await page.waitForURL("**/account");
      await known("signed-in");
      await page.locator("[data-address]", { hasText: email }).waitFor();
      // No reload was needed.
      expect(await page.evaluate(() => "sameDocument" in globalThis)).toBe(true);
      expect(await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }]))).not.toMatch(
        /eyJ/,
      );
    });

    it("signs in and out by server actions, and the browser's client says so, with the right reason", async () => {
      await signedIn();
      await press("Sign out");
      await page.locator('footer [data-reason="signed-out"]').waitFor();
      expect(await cookie()).toBeUndefined();
      await page.getByText("You are not signed in.").first().waitFor();
    });

    it("signs out in the browser, and the server's pages know", async () => {
      await signedIn();
      await press("Sign out from the browser");
      await page.waitForURL("**/sign-in");
      expect(await cookie()).toBeUndefined();
      await page.getByRole("navigation").getByRole("link", { name: "Sign in" }).waitFor();
      await page.goto(`${next.url}/account`);
      expect(page.url()).toBe(`${next.url}/sign-in`);
    });

    it("renews an expired session before the first paint, for the page and for the browser", async () => {
      const user = await signedIn();
      const before = await cookie();
      server.clock.advance({ minutes: 24 * 60 + 1 });
      relay.passed.length = 0;
      const answer = await page.reload();
      const html = (await answer?.text()) ?? "";
      expect(html).toContain(`<strong data-user="true">${user.username}</strong>`);
      expect(await cookie()).not.toBe(before);
      // Links are fetched in advance, and may have renewed it at the same time: all get the same successor.
      const renewals = relay.passed.filter(({ path }) => procedureOf(path) === "users.refreshToken");
      expect(new Set(renewals.map(({ status }) => status))).toEqual(new Set([200]));
      await known("signed-in");
      await page.locator("[data-address]", { hasText: user.email }).waitFor();
    });

    it("shows the sign-in page at the first paint once the session is over, and deletes the cookie", async () => {
      await signIn(await account());
      server.clock.advance({ days: 8 });
      await page.goto(`${next.url}/account`);
      expect(page.url()).toBe(`${next.url}/sign-in`);
      expect(await cookie()).toBeUndefined();
      await known("signed-out");
    });

    it("says what is wrong, keeps what was typed, and moves no focus", async () => {
      const { username } = await account();
      await page.goto(`${next.url}/sign-up`);
      await page.getByLabel("Username").fill(username);
      await page.getByLabel("Email address").fill("somebody.else@example.com");
      await page.getByLabel("Password").fill("short");
      await press("Sign up");
      await page.getByText("must have at least 6 characters").waitFor();
      const field = page.getByLabel("Password");
      const described = await field.evaluate(
        (input) => document.getElementById(input.getAttribute("aria-describedby") ?? "")?.textContent,
      );
      expect(described).toContain("must have at least 6 characters");
      expect(await page.getByLabel("Username").inputValue()).toBe(username);
      await field.fill(PASSWORD);
      await press("Sign up");
      await page.getByText("This username is already taken.").waitFor();
      const focused = await page.evaluate(() => document.activeElement?.textContent);
      expect(focused).toBe("Sign up");
    });

    it("sends a form once, however often Enter is pressed while it waits", async () => {
      const { username } = await account();
      await page.goto(`${next.url}/sign-in`);
      await page.getByLabel("Username or email address").fill(username);
      await page.getByLabel("Password").fill(PASSWORD);
      relay.passed.length = 0;
      let open = () => {};
      relay.gate = new Promise((resolve) => {
        open = resolve;
      });
      for (let times = 0; times < 3; times++) await page.getByLabel("Password").press("Enter");
      await page.getByRole("button", { name: "Working …" }).waitFor();
      open();
      relay.gate = undefined;
      await page.waitForURL("**/account");
      expect(called("auth.login")).toBe(1);
    });

    it("says that Latchkey cannot be reached, and signs no user out because of it", async () => {
      const user = await signedIn();
      relay.down = true;
      await page.reload();
      await page.getByText("One moment …").waitFor();
      await known("signed-in");
      await page.goto(`${next.url}/sign-in`);
      await page.getByLabel("Username or email address").fill(user.username);
      await page.getByLabel("Password").fill(PASSWORD);
      await press("Sign in");
      await page.getByText("The login server cannot be reached.").waitFor();
      relay.down = false;
      await page.goto(`${next.url}/account`);
      expect(await page.locator("[data-user]").textContent()).toBe(user.username);
    });

    it.each(["Sign out", "Sign out from the browser"])(
      'renders every tab again after "%s" in one of them, and for the user who signs in next',
      async (button) => {
        const [last, user] = [await account(), await account()];
        await signIn(last);
        const other = await context.newPage();
        await other.goto(`${next.url}/account`);
        await shows(other, last, user);
        await page.bringToFront();
        await press(button);
        await other.bringToFront();
        await other.waitForURL("**/sign-in");
        expect(await other.locator("main").textContent()).not.toContain(last.username);
        await page.bringToFront();
        await signIn(user);
        await other.bringToFront();
        await other.waitForURL("**/account");
        await shows(other, user, last);
      },
    );

    it("renders its page again for the user whom the cookie names when the page is looked at", async () => {
      const [last, user] = [await account(), await account()];
      await signIn(user);
      const elsewhere = await context.cookies(next.url);
      await context.clearCookies();
      await signIn(last);
      await shows(page, last, user);
      await context.addCookies(elsewhere);
      await look();
      await shows(page, user, last);
    });

    it("renders a page that had to wait for Latchkey when it is looked at again", async () => {
      const user = await signedIn();
      relay.down = true;
      await page.reload();
      await page.getByText("One moment …").waitFor();
      relay.down = false;
      await look();
      await page.locator("[data-user]", { hasText: user.username }).waitFor();
    });

    it("renders its pages while Latchkey is stuck, and signs no user out because of it", async () => {
      const user = await signedIn();
      let open = () => {};
      relay.gate = new Promise((resolve) => {
        open = resolve;
      });
      await page.goto(`${next.url}/account`);
      await page.getByText("One moment …").waitFor();
      await known("signed-in");
      open();
      relay.gate = undefined;
      await look();
      await page.locator("[data-user]", { hasText: user.username }).waitFor();
    });

    it("offers nothing for signed-in users until the browser's client knows of the sign-in", async () => {
      const user = await account();
      await page.goto(`${next.url}/sign-in`);
      await known("signed-out");
      const calls = "**/latchkey/trpc/auth.verify*";
      let open = () => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const asked = new Promise<void>((resolve) => {
        void context.route(calls, async (route) => {
          resolve();
          await gate;
          await route.continue();
        });
      });
      await page.getByLabel("Username or email address").fill(user.username);
      await page.getByLabel("Password").fill(PASSWORD);
      await press("Sign in");
      await page.waitForURL("**/account");
      await asked;
      await page.getByRole("navigation").getByRole("link", { name: "Sign in" }).waitFor();
      expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
      expect(await page.getByRole("heading", { name: "Account" }).count()).toBe(0);
      open();
      await page.getByRole("button", { name: "Sign out", exact: true }).waitFor();
      await page.getByRole("heading", { name: "Account" }).waitFor();
    });

    it("keeps what was typed when its own server cannot be reached, and says so", async () => {
      const user = await account();
      await page.goto(`${next.url}/sign-in`);
      await known("signed-out");
      await page.getByLabel("Username or email address").fill(user.username);
      await page.getByLabel("Password").fill(PASSWORD);
      await context.setOffline(true);
      await press("Sign in");
      await page.getByText("The login server cannot be reached.").waitFor();
      await context.setOffline(false);
      await press("Sign in");
      await page.waitForURL("**/account");
    });

    it("says that the session has not ended when a sign-out by server action cannot reach the server", async () => {
      await signedIn();
      await context.setOffline(true);
      await press("Sign out");
      await page.getByText("You are still signed in").waitFor();
      await context.setOffline(false);
      relay.down = true;
      await press("Sign out");
      await page.getByRole("button", { name: "Working …" }).waitFor({ state: "detached" });
      await page.getByText("You are still signed in").waitFor();
      expect(await cookie()).toBeDefined();
      relay.down = false;
      await press("Sign out");
      await page.waitForURL(`${next.url}/`);
      expect(await cookie()).toBeUndefined();
    });

    it("says so when the server cannot be told of a sign-out in the browser, and tells it later", async () => {
      const user = await signedIn();
      await context.setOffline(true);
      await press("Sign out from the browser");
      await page.getByText("You are signed out in this browser, but").waitFor();
      expect(await page.locator("main").textContent()).not.toContain(user.username);
      await context.setOffline(false);
      await page.waitForURL("**/sign-in");
      expect(await cookie()).toBeUndefined();
    });

    it("works without scripts", async () => {
      const user = await account();
      await context.close();
      context = await example.browser.newContext({ locale: "en-US", javaScriptEnabled: false });
      page = await context.newPage();
      await signIn(user);
      expect(await page.locator("[data-user]").textContent()).toBe(user.username);
    });

    it("speaks Chinese to browsers that ask for it, errors included", async () => {
      const { username } = await account();
      await context.close();
      context = await example.browser.newContext({ locale: "zh-CN" });
      page = await context.newPage();
      await page.goto(`${next.url}/sign-in`);
      expect(await page.locator("html").getAttribute("lang")).toBe("zh");
      await page.getByLabel("用户名或邮箱").fill(username);
      await page.getByLabel("密码").fill("wrong password");
      await page.getByRole("button", { name: "登录" }).click();
      await page.locator('[role="alert"]:not(:empty)', { hasText: /\p{Script=Han}/u }).waitFor();
    });

    it("is not among what npm installs for Latchkey itself", () => {
      expect(Object.keys(lock.packages)).not.toContain("node_modules/next");
      expect(lock.packages[""].workspaces).not.toContain("apps/example-next");
    });

    it("tells Latchkey the browser's name, so that users recognise their sessions", async () => {
      const user = await account();
      await signIn(user);
      const token = (await cookie()) ?? "";
      const { json } = await send(server, "GET", "/api/v1/sessions", { token });
      expect(json.sessions[0]).toMatchObject({ browser: expect.stringContaining("Chrome") });
    });
  },
);
