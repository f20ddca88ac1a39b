import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser } from "../support/browser.js";
import { PASSWORD } from "../support/rest.js";
import { type Example, openExample, openTab, signUpByHand } from "./example.js";

describe.skipIf(noBrowser !== undefined)(
  `the example's forms${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let example: Example;
    beforeAll(async () => {
      example = await openExample();
    }, 120_000);
    afterAll(() => example?.close());

    it("keep what was typed when it is refused, and say what is wrong with it once", async () => {
      const { context, username } = await signUpByHand(example);
      const other = await example.browser.newContext();
      const page = await openTab(other, example.pages);
      const alert = page.getByRole("alert");
      await page.getByRole("button", { name: "I am new here" }).click();
      await page.getByLabel("Username").fill(username);
      await page.getByLabel("Address").fill("somebody.else@example.com");
      await page.getByLabel("Password").fill("short");
      await page.getByRole("button", { name: "Sign up" }).click();
      await page.getByText("must have at least 6 characters").waitFor();
      expect(await alert.count()).toBe(0);

      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign up" }).click();
      await alert.waitFor();
      expect(await alert.textContent()).toBe("This username is already taken.");
      expect(await page.getByLabel("Username").inputValue()).toBe(username);
      expect(await page.getByLabel("Address").inputValue()).toBe("somebody.else@example.com");
      await Promise.all([context.close(), other.close()]);
    });
  },
);
