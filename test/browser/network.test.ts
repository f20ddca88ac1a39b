import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { noBrowser } from "../support/browser.js";
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
import { procedureOf } from "./relay.js";

// A browser takes its time, and here it waits for tokens to expire.
vi.setConfig({ testTimeout: 120_000 });

const isRefresh = (path: string) => procedureOf(path) === "users.refreshToken";
/** Access for seconds, so that a page has to refresh by itself while it is watched. */
const SECONDS = { ACCESS_TOKEN_MINUTES: "0.05", AUTH_TOKEN_MINUTES: "0.05" };

describe.skipIf(noBrowser !== undefined)(`a page${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample({ environment: SECONDS });
  }, 120_000);
  afterAll(() => example?.close());

  /** Waits for a number of exchanges that the page made by itself and got an answer to. */
  const refreshes = async (count: number) => {
    const { passed } = example.relay;
    await expect
      .poll(() => passed.filter(({ path, delivered }) => isRefresh(path) && delivered).length, {
        timeout: 60_000,
      })
      .toBeGreaterThanOrEqual(count);
  };

  it("stays signed in while its access lives for seconds, and answers get lost on the way", async () => {
    const { page, context } = await signUpByHand(example);
    const { relay } = example;
    let lost = 0;
    relay.loses = (path) => isRefresh(path) && lost++ % 2 === 0;
    relay.passed.length = 0;
    await refreshes(3);
    relay.loses = () => false;
    expect(lost).toBeGreaterThan(3);
    expect(relay.passed.filter(({ path, status }) => isRefresh(path) && status !== 200)).toEqual([]);
    await status(page, "signed-in");
    await context.close();
  });

  it("keeps its session while the server is away, and goes on when it is back", async () => {
    const { page, context } = await signUpByHand(example);
    const { relay } = example;
    relay.refused = 0;
    relay.down = true;
    await expect.poll(() => relay.refused, { timeout: 60_000 }).toBeGreaterThanOrEqual(4);
    await status(page, "signed-in");
    relay.down = false;
    relay.passed.length = 0;
    await refreshes(1);
    await page.reload();
    await status(page, "signed-in");
    await context.close();
  });
});

describe.skipIf(noBrowser !== undefined)("a page in React's Strict Mode", () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample();
  }, 120_000);
  afterAll(() => example?.close());

  it("signs out without the server as well", async () => {
    const { page, context } = await signUpByHand(example);
    const { relay, server } = example;
    const [token = ""] = await keptTokens(page);
    relay.down = true;
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await status(page, "signed-out");
    expect(await keptTokens(page)).toEqual([]);
    relay.down = false;
    // It is told as soon as it can be reached: then the token is refused.
    await expect
      .poll(async () => (await send(server, "GET", "/api/users/me", { token })).status, {
        timeout: 60_000,
      })
      .toBe(401);
    await context.close();
  });

  it("asks for everything once, though it is mounted twice", async () => {
    const { context, page } = await signUpByHand(example);
    await page.locator("li").first().waitFor();
    example.relay.passed.length = 0;
    const again = await openTab(context, example.pages);
    await again.locator("li").first().waitFor();
    const asked = example.relay.passed.map(({ path }) => procedureOf(path)).sort();
    expect(asked).toEqual(["sessions.list", "users.me"]);
    await context.close();
  });

  it("ends a session whose token somebody else has used, and tells its owner why", async () => {
    const { context, page } = await signUpByHand(example);
    const { server } = example;
    const [stolen = ""] = await keptTokens(page);
    await page.locator('[data-action="refresh"]').click();
    await page.locator('[data-renewed="1"]').waitFor();
    server.clock.advance({ seconds: 11 });
    expect((await send(server, "POST", "/api/users/refresh_token", { token: stolen })).status).toBe(403);
    await page.locator('[data-action="refresh"]').click();
    await page.locator('[data-reason="stolen"]').waitFor();
    await context.close();
  });

  it("shows where its user is signed in, and ends a session that was left open elsewhere", async () => {
    const { context, page, username } = await signUpByHand(example);
    const elsewhere = await example.browser.newContext();
    const other = await openTab(elsewhere, example.pages);
    await signInByHand(other, username);
    await page.reload();
    await expect.poll(() => page.locator("li").count()).toBe(2);
    await page.getByRole("button", { name: "End" }).click();
    await expect.poll(() => page.locator("li").count()).toBe(1);
    await other.locator('[data-action="refresh"]').click();
    await other.locator('[data-reason="revoked"]').waitFor();
    await status(page, "signed-in");
    await Promise.all([context.close(), elsewhere.close()]);
  });
});
