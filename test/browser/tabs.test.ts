import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser } from "../support/browser.js";
import { type Example, keptTokens, openExample, openTab, signUpByHand, status } from "./example.js";
import { naiveRounds } from "./naive.js";
import { procedureOf } from "./relay.js";

const TABS = 5;
const ROUNDS = 25;

describe.skipIf(noBrowser !== undefined)(
  `five tabs of one browser${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let example: Example;
    beforeAll(async () => {
      example = await openExample();
    }, 120_000);
    afterAll(() => example?.close());

    const openTabs = async () => {
      const first = await signUpByHand(example);
      const others = Array.from({ length: TABS - 1 }, () => openTab(first.context, example.pages));
      const tabs = [first.page, ...(await Promise.all(others))];
      await Promise.all(tabs.map((tab) => status(tab, "signed-in")));
      return { ...first, tabs };
    };

    it("refresh together, get one and the same successor in each round, and sign nobody out", async () => {
      const { context, tabs } = await openTabs();
      const { passed } = example.relay;
      const successors: number[] = [];
      let before = await keptTokens(tabs[0] as never);
      passed.length = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        await Promise.all(
          tabs.map(async (tab) => {
            await tab.evaluate(() => document.querySelector<HTMLElement>('[data-action="refresh"]')?.click());
            await tab.locator(`[data-renewed="${round}"]`).waitFor();
          }),
        );
        const after = await keptTokens(tabs[0] as never);
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
      await context.close();
      const naive = await naiveRounds(example, { tabs: TABS, rounds: ROUNDS });
      process.stdout.write(
        `\n${ROUNDS} rounds of ${TABS} tabs refreshing together: 0 signed out, 0 stale, one successor each; a naive client: ` +
          `${naive.signedOut} tabs signed out in ${naive.roundsWithLoss} rounds\n`,
      );
      // What all this is for: without it the same rounds lose sessions.
      expect(naive.signedOut).toBeGreaterThan(0);
    }, 120_000);

    it("are all signed out when one of them is", async () => {
      const { context, tabs } = await openTabs();
      const startedMs = performance.now();
      await tabs[0]?.getByRole("button", { name: "Sign out", exact: true }).click();
      await Promise.all(tabs.map((tab) => status(tab, "signed-out")));
      process.stdout.write(
        `\nSigned out in all tabs after ${Math.round(performance.now() - startedMs)} ms\n`,
      );
      await context.close();
    });

    it("take over a session that begins in one of them", async () => {
      const { page, context } = await signUpByHand(example);
      const other = await openTab(context, example.pages);
      await status(other, "signed-in");
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await status(other, "signed-out");
      await context.close();
    });
  },
);
