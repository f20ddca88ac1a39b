import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser } from "../support/chromium.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { type Example, openExample, signInByHand, status } from "./example.js";
import { procedureOf } from "./relay.js";

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
      await page.getByRole("link", { name: "Create an account" }).click();
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

    /** What a screen reader says about a field in addition to its name. */
    const descriptionOf = (page: Page, label: string) =>
      page
        .getByLabel(label, { exact: true })
        .evaluate(
          (field) => document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent,
        );
    const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? "");

    it("describe a field by its fault, and leave its name alone", async () => {
      const { page } = await freshPage("/sign-up");
      await page.getByLabel("Username").fill("ada");
      await page.getByLabel("Email address").fill(freshEmail());
      await page.getByLabel("Password", { exact: true }).fill("short");
      await page.getByRole("button", { name: "Sign up" }).click();
      await page.getByText("must have at least 6 characters").waitFor();
      expect(await descriptionOf(page, "Password")).toContain("must have at least 6 characters");
      expect(await page.locator("label").allTextContents()).toEqual([
        "Username",
        "Email address",
        "Password",
      ]);
      expect(await focused(page)).toBe("Sign up");
      await page.close();
    });

    it("are sent once on a slow network, and show that they wait", async () => {
      const { page, username } = await freshAccount("/sign-in");
      const { relay } = example;
      await page.getByLabel("Username or email address").fill(username);
      await page.getByLabel("Password").fill(PASSWORD);
      relay.passed.length = 0;
      let open = () => {};
      relay.gate = new Promise((resolve) => {
        open = resolve;
      });
      for (let times = 0; times < 3; times++) await page.getByLabel("Password").press("Enter");
      const button = page.getByRole("button", { name: "One moment …" });
      await button.waitFor();
      expect(await page.locator("form").getAttribute("aria-busy")).toBe("true");
      await button.click({ force: true });
      open();
      relay.gate = undefined;
      await status(page, "signed-in");
      expect(relay.passed.filter(({ path }) => procedureOf(path) === "auth.login")).toHaveLength(1);
      await page.close();
    });

    it("give the focus to the next page's heading, never to the document", async () => {
      const { page, username } = await freshAccount("/sign-up");
      await page.getByRole("link", { name: "I already have an account" }).press("Enter");
      await expect.poll(() => focused(page)).toBe("Sign in");
      await page.getByLabel("Username or email address").fill(username);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByLabel("Password").press("Enter");
      await status(page, "signed-in");
      await expect.poll(() => focused(page)).toBe("Your account");
      await page.getByRole("button", { name: "Sign out", exact: true }).press("Enter");
      await status(page, "signed-out");
      await expect.poll(() => focused(page)).toBe("Sign in");
      await page.close();
    });

    it("have a URL each, which reloads and goes back", async () => {
      const { page, username } = await freshAccount("/");
      const path = () => new URL(page.url()).pathname;
      await expect.poll(path).toBe("/sign-in");
      await page.getByRole("link", { name: "Create an account" }).click();
      expect(path()).toBe("/sign-up");
      expect(await page.title()).toBe("Sign up · Latchkey example");
      await page.reload();
      await page.getByRole("heading", { name: "Sign up" }).waitFor();
      await page.goBack();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await signInByHand(page, username);
      await expect.poll(path).toBe("/");
      await page.goto(`${example.pages.url}/sign-in`);
      await expect.poll(path).toBe("/");
      await page.close();
    });

    it.each(["light", "dark"] as const)("show faults with enough contrast: %s", async (colorScheme) => {
      const { page, username } = await freshAccount("/sign-in");
      await page.emulateMedia({ colorScheme });
      await page.getByLabel("Username or email address").fill(username);
      await page.getByLabel("Password").fill("wrong password");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
      const colors = await page.evaluate(() => {
        const probe = document.body.appendChild(document.createElement("div"));
        probe.style.backgroundColor = "Canvas";
        const alert = document.querySelector('[role="alert"]') ?? document.body;
        return [getComputedStyle(alert).color, getComputedStyle(probe).backgroundColor];
      });
      expect(contrast(colors)).toBeGreaterThanOrEqual(4.5);
      await page.close();
    });

    /** A page in a profile of its own. */
    async function freshPage(path: string): Promise<{ readonly page: Page }> {
      const context = await example.browser.newContext();
      const page = await context.newPage();
      await page.goto(example.pages.url + path);
      return { page };
    }

    async function freshAccount(path: string) {
      const email = freshEmail();
      const account = { username: email.replace("@example.com", ""), email, password: PASSWORD };
      expect((await send(example.server, "POST", "/api/auth/register", { json: account })).status).toBe(200);
      return { ...(await freshPage(path)), username: account.username };
    }
  },
);

/** The contrast of two opaque colours as browsers write them (WCAG 2, 1.4.3). */
function contrast(colors: readonly string[]): number {
  const [darker = 0, lighter = 0] = colors.map(luminance).sort((one, other) => one - other);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
