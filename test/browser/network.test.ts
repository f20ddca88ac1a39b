import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { noBrowser } from "../support/chromium.js";
import { send } from "../support/rest.js";
import {
  type Example,
  keptTokens,
  openExample,
  openTab,
  signInByHand,
  signUpByHand,
  status,
} from "./example.js";
import { procedureOf, type Relay } from "./relay.js";

// A browser is slow, and here it waits for tokens to expire.
vi.setConfig({ testTimeout: 120_000 });

const isRefresh = (path: string) => procedureOf(path) === "users.refreshToken";
/** A token lifetime of a second or two, so that a page has to refresh by itself during the test. */
const SECONDS = { ACCESS_TOKEN_MINUTES: "0.025", AUTH_TOKEN_MINUTES: "0.025" };

// Each has its own server and profile, and mostly waits.
describe
  .skipIf(noBrowser !== undefined)
  .concurrent(`a page${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
    const watchPage = async (watch: (example: Example, page: Page) => Promise<void>) => {
      const example = await openExample({ environment: SECONDS });
      try {
        const { page } = await signUpByHand(example);
        await watch(example, page);
      } finally {
        await example.close();
      }
    };

    /** Waits for a number of exchanges that the page made by itself and got an answer to. */
    const refreshes = async ({ passed }: Relay, count: number) => {
      await vi.waitUntil(
        () => passed.filter(({ path, delivered }) => isRefresh(path) && delivered).length >= count,
        { timeout: 60_000 },
      );
    };

    it("stays signed in while its token lasts only seconds and answers get lost", () =>
      watchPage(async ({ relay }, page) => {
        let lost = 0;
        relay.loses = (path) => isRefresh(path) && lost++ % 2 === 0;
        relay.passed.length = 0;
        await refreshes(relay, 3);
        relay.loses = () => false;
        expect(lost).toBeGreaterThan(3);
        expect(relay.passed.filter(({ path, status }) => isRefresh(path) && status !== 200)).toEqual([]);
        await status(page, "signed-in");
      }));

    it("keeps its session while the server is away, and continues when it is back", () =>
      watchPage(async ({ relay }, page) => {
        relay.refused = 0;
        relay.down = true;
        await vi.waitUntil(() => relay.refused >= 4, { timeout: 60_000 });
        await status(page, "signed-in");
        relay.down = false;
        relay.passed.length = 0;
        await refreshes(relay, 1);
        await page.reload();
        await status(page, "signed-in");
      }));
  });

describe.skipIf(noBrowser !== undefined)("a page in React's Strict Mode", () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample();
  }, 120_000);
  afterAll(() => example?.close());

  it("signs out even without the server", async () => {
    const { page } = await signUpByHand(example);
    const { relay, server } = example;
    const [token = ""] = await keptTokens(page);
    relay.down = true;
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await status(page, "signed-out");
    await page.getByText("the server could not be told").waitFor();
    expect(await keptTokens(page)).toEqual([]);
    relay.down = false;
    // The server is told as soon as it can be reached: then it refuses the token.
    await expect
      .poll(async () => (await send(server, "GET", "/api/users/me", { token })).status, {
        timeout: 60_000,
      })
      .toBe(401);
  });

  it.each(["Sign out everywhere", "Renew the token"])(
    "says so when it cannot do this: %s",
    async (button) => {
      const { page } = await signUpByHand(example);
      example.relay.down = true;
      await page.getByRole("button", { name: button, exact: true }).click();
      await page.getByRole("alert").getByText("The server could not be reached.").waitFor();
      await status(page, "signed-in");
      example.relay.down = false;
      await page.getByRole("button", { name: button, exact: true }).click();
      await page.getByRole("alert").waitFor({ state: "detached" });
    },
  );

  it("sends every request once, although it is mounted twice", async () => {
    const { page } = await signUpByHand(example);
    await page.locator("li").first().waitFor();
    example.relay.passed.length = 0;
    await page.reload();
    await page.locator("li").first().waitFor();
    const asked = example.relay.passed.map(({ path }) => procedureOf(path)).sort();
    expect(asked).toEqual(["factors.list", "sessions.list", "users.me"]);
  });

  it("ends a session whose token was also used elsewhere, and tells its owner why", async () => {
    const { page } = await signUpByHand(example);
    const { server } = example;
    const [stolen = ""] = await keptTokens(page);
    await page.locator('[data-action="refresh"]').click();
    await page.locator('[data-renewed="1"]').waitFor();
    server.clock.advance({ seconds: 11 });
    expect((await send(server, "POST", "/api/users/refresh_token", { token: stolen })).status).toBe(403);
    await page.locator('[data-action="refresh"]').click();
    await page.locator('[data-reason="stolen"]').waitFor();
  });

  it("shows where its user is signed in, and ends a session left open elsewhere", async () => {
    const { page, username } = await signUpByHand(example);
    const elsewhere = await example.browser.newContext();
    const other = await openTab(elsewhere, example.pages);
    await signInByHand(other, username);
    await page.bringToFront();
    await page.reload();
    await expect.poll(() => page.locator("li").count()).toBe(2);
    await page.getByRole("button", { name: "End" }).click();
    await expect.poll(() => page.locator("li").count()).toBe(1);
    await other.bringToFront();
    await other.locator('[data-action="refresh"]').click();
    await other.locator('[data-reason="revoked"]').waitFor();
    await status(page, "signed-in");
    await elsewhere.close();
  });
});
