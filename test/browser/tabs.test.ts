import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser } from "../support/chromium.js";
import { type Example, enterByHand, keptTokens, openExample, openTab, status } from "./example.js";
import { naiveRounds } from "./naive.js";
import { procedureOf } from "./relay.js";

const TABS = 5;
const ROUNDS = 25;

const clickRefresh = (tab: Page) =>
  tab.evaluate(() => document.querySelector<HTMLElement>('[data-action="refresh"]')?.click());

describe.skipIf(noBrowser !== undefined)(
  `five tabs of one browser${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let example: Example;
    let tabs: Page[];
    beforeAll(async () => {
      // A naive client must not be helped by the server: the tabs do not need it.
      example = await openExample({ environment: { REFRESH_GRACE_SECONDS: "0" } });
      const others = Array.from({ length: TABS - 1 }, () => openTab(example.context, example.pages));
      tabs = [example.page, ...(await Promise.all(others))];
    }, 120_000);
    afterAll(() => example?.close());

    const all = (expected: "signed-in" | "signed-out") =>
      Promise.all(tabs.map((tab) => status(tab, expected)));
    /** In the same tabs each time, as users do. */
    const signUpAnew = async () => {
      const { page } = example;
      await page.bringToFront();
      const signOut = page.getByRole("button", { name: "Sign out", exact: true });
      if (await signOut.isVisible()) await signOut.click();
      await all("signed-out");
      await enterByHand(page);
      await all("signed-in");
    };

    it("refresh together, get the same successor in each round, and sign no tab out", async () => {
      await signUpAnew();
      const { passed } = example.relay;
      const successors: number[] = [];
      let before = await keptTokens(example.page);
      passed.length = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        // Together: none has its answer before the last one asks.
        let open = () => {};
        example.relay.gate = new Promise((resolve) => {
          open = resolve;
        });
        await Promise.all(tabs.map(clickRefresh));
        open();
        await Promise.all(tabs.map((tab) => tab.locator(`[data-renewed="${round}"]`).waitFor()));
        const after = await keptTokens(example.page);
        expect(after).not.toEqual(before);
        before = after;
        const refreshes = passed.splice(0).filter(({ path }) => procedureOf(path) === "users.refreshToken");
        expect(refreshes.map((each) => each.status)).toEqual(refreshes.map(() => 200));
        successors.push(new Set(refreshes.map(({ body }) => JSON.parse(body).result.data.access_token)).size);
      }
      expect(successors).toEqual(Array.from({ length: ROUNDS }, () => 1));
      for (const tab of tabs) {
        await status(tab, "signed-in");
        expect(await keptTokens(tab)).toEqual(before);
      }
      expect(before).toHaveLength(1);
      const naive = await naiveRounds(example, tabs, ROUNDS);
      process.stdout.write(
        `\n${ROUNDS} rounds of ${TABS} tabs refreshing together: 0 signed out, 0 stale, one successor each; a naive client: ` +
          `${naive.signedOut} tabs signed out in ${naive.roundsWithLoss} rounds\n`,
      );
      // The point of it all: without it the same rounds lose sessions.
      expect(naive.signedOut).toBeGreaterThan(0);
    }, 120_000);

    it("are all signed out when one of them is", async () => {
      await signUpAnew();
      const startedMs = performance.now();
      await tabs[0]?.getByRole("button", { name: "Sign out", exact: true }).click();
      await all("signed-out");
      process.stdout.write(
        `\nSigned out in all tabs after ${Math.round(performance.now() - startedMs)} ms\n`,
      );
    });

    it("take over a session that begins in one of them", async () => {
      await signUpAnew();
      const kept = await keptTokens(example.page);
      expect(kept).toHaveLength(1);
      for (const tab of tabs) expect(await keptTokens(tab)).toEqual(kept);
      await example.page.getByRole("button", { name: "Sign out", exact: true }).click();
      await all("signed-out");
    });
  },
);

describe.skipIf(noBrowser !== undefined)("a tab whose session becomes another user's at once", () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample();
  }, 120_000);
  afterAll(() => example?.close());

  it("shows that user's data, and nothing of the last one", async () => {
    const { browser, page, pages } = example;
    const last = await enterByHand(page);
    await page.locator("[data-address]", { hasText: last }).waitFor();
    const elsewhere = await browser.newContext();
    const next = await enterByHand(await openTab(elsewhere, pages));
    const kept = await elsewhere.pages()[0]?.evaluate(() => JSON.stringify({ ...localStorage }));
    const other = await openTab(example.context, pages);
    await page.bringToFront();
    // As a tab does that signs out and in again before this one has looked.
    await other.evaluate((items) => {
      for (const [key, value] of Object.entries<string>(JSON.parse(items ?? "{}"))) {
        if (value.startsWith("{")) localStorage.setItem(key, value);
      }
    }, kept);
    await page.locator("[data-user]", { hasText: next }).waitFor();
    await page.locator("[data-address]", { hasText: next }).waitFor();
    expect(await page.locator("main").textContent()).not.toContain(last);
    await elsewhere.close();
  });
});
