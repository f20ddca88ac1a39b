import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { passwordRecoveryLetter } from "../../apps/server/src/features/recovery/letters.js";
import { openBrowser } from "../support/browser.js";
import { noBrowser } from "../support/chromium.js";
import { type Pages, servePages } from "../support/pages.js";
import { startServer, type TestServer } from "../support/server.js";
import { shared } from "../support/shared.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

describe.skipIf(noBrowser !== undefined)(`/dev/mail${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
  let server: TestServer;
  let browser: Browser;
  let pages: Pages;
  let link: string;
  beforeAll(async () => {
    pages = await servePages(await shared("example"));
    link = `${pages.url}/recovery#secret=abc`;
    const environment = { DEV_MAIL: "on", APP_URL: pages.url };
    [server, browser] = await Promise.all([startServer({ environment }), openBrowser()]);
    const { mail, mailWorker } = server.app.features;
    const values = { link, minutes: "30" };
    await mail.send(passwordRecoveryLetter, { to: "san@example.com", language: "en", values });
    await mailWorker.deliver();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    pages?.close();
    await server?.close();
  });

  it("opens the link of the preview in place of the page, and lets the mail do nothing by itself", async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/dev/mail`);
    await page.getByText("As HTML").click();
    const preview = page.locator("iframe");
    expect(await preview.getAttribute("sandbox")).toBe("allow-top-navigation-by-user-activation");
    await page.frameLocator("iframe").getByRole("link").click();
    await page.waitForURL(`${pages.url}/**`);
    expect(page.url()).toMatch(/\/recovery/);
    await page.context().close();
  });

  it.each(
    (["light", "dark"] as const).flatMap((colorScheme) =>
      [1280, 375].map((width) => ({ colorScheme, width })),
    ),
  )("can be read, $colorScheme at $width px", async ({ colorScheme, width }) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
    await page.goto(`${server.url}/dev/mail`);
    await page.getByText("As HTML").click();
    await page.evaluate(await readFile(AXE, "utf8"));
    const faults = await page.evaluate(async () => {
      const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } })
        .axe;
      return (await axe.run()).violations.map(({ id }) => id);
    });
    expect(faults.filter((id) => !["region", "landmark-one-main", "frame-tested"].includes(id))).toEqual([]);
    const background = await page.evaluate(
      () => getComputedStyle(document.querySelector("pre") as Element).backgroundColor,
    );
    expect(background).toBe(colorScheme === "dark" ? "rgb(35, 39, 47)" : "rgb(243, 244, 246)");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.context().close();
  });
});
