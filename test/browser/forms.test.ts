import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser } from "../support/chromium.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { type Example, openExample } from "./example.js";

describe.skipIf(noBrowser !== undefined)(
  `the example's forms${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let example: Example;
    beforeAll(async () => {
      example = await openExample();
    }, 120_000);
    afterAll(() => example?.close());

    it("keep their input when it is refused, and say once what is wrong with it", async () => {
      const { page, server } = example;
      const account = { username: "taken", email: freshEmail(), password: PASSWORD };
      expect((await send(server, "POST", "/api/auth/register", { json: account })).status).toBe(200);
      const alert = page.getByRole("alert");
      await page.getByRole("button", { name: "Create an account" }).click();
      await page.getByLabel("Username").fill("taken");
      await page.getByLabel("Email address").fill("somebody.else@example.com");
      await page.getByLabel("Password").fill("short");
      await page.getByRole("button", { name: "Sign up" }).click();
      await page.getByText("must have at least 6 characters").waitFor();
      expect(await alert.count()).toBe(0);

      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign up" }).click();
      await alert.waitFor();
      expect(await alert.textContent()).toBe("This username is already taken.");
      expect(await page.getByLabel("Username").inputValue()).toBe("taken");
      expect(await page.getByLabel("Email address").inputValue()).toBe("somebody.else@example.com");
    });
  },
);
