import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openBrowser } from "../support/browser.js";
import { noBrowser } from "../support/chromium.js";
import { signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { runningClock } from "./example.js";
import { openPrefix } from "./prefix.js";

vi.setConfig({ testTimeout: 120_000 });

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** A desk and a telephone, by day and by night. */
const LOOKS = (["light", "dark"] as const).flatMap((colorScheme) =>
  [1280, 375].map((width) => ({ colorScheme, width })),
);

describe.skipIf(noBrowser !== undefined)(`/docs${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ clock: runningClock() }), openBrowser()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens the page in a profile of its own; anything that fails on it fails the test. */
  async function open(url: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const faults: string[] = [];
    const requested: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
    });
    page.on("request", (request) => requested.push(request.url()));
    await page.goto(url);
    await page.locator(".opblock").first().waitFor();
    return { context, page, faults, requested };
  }

  const operation = (page: Page, path: string) =>
    page.locator(".opblock", { has: page.locator(`[data-path="${path}"]`) });

  async function authorize(page: Page, token: string) {
    await page.locator(".auth-wrapper .authorize").click();
    await page.locator("#auth-bearer-value").fill(token);
    await page.locator(".auth-btn-wrapper .authorize").first().click();
    await page.locator(".btn-done").first().click();
  }

  /** Sends the request of an operation; resolves to the body of its answer. */
  async function execute(page: Page, path: string): Promise<string | null> {
    const block = operation(page, path);
    const control = block.locator(".opblock-summary-control");
    // After a reload it is open already, as the address says.
    if ((await control.getAttribute("aria-expanded")) === "false") await control.click();
    await block.locator(".try-out__btn").click();
    await block.locator(".execute").click();
    return block.locator(".live-responses-table .highlight-code").first().textContent();
  }

  it.each(LOOKS)(
    "has no serious fault of accessibility, $colorScheme at $width px, whatever is open",
    async (look) => {
      const viewport = { width: look.width, height: 800 };
      const { context, page } = await open(`${server.url}/docs`, { colorScheme: look.colorScheme, viewport });
      await page.evaluate(await readFile(AXE, "utf8"));
      const faults = () =>
        page.evaluate(async () => {
          const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe;
          const { violations } = await axe.run();
          return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html.slice(0, 200)) }));
        });
      const width = () => page.evaluate(() => document.documentElement.scrollWidth);
      expect(await faults()).toEqual([]);
      expect(await width()).toBeLessThanOrEqual(look.width);
      await execute(page, "/api/users/login");
      for (const kind of ["get", "patch", "delete", "deprecated"])
        await page.locator(`.opblock-${kind}:not(.is-open) .opblock-summary-control`).first().click();
      for (const tab of await page.locator(".tablinks", { hasText: "Schema" }).all()) await tab.click();
      expect(await faults()).toEqual([]);
      expect(await width()).toBeLessThanOrEqual(look.width);
      await page.locator(".auth-wrapper .authorize").click();
      await page.locator(".modal-ux").waitFor();
      expect(await faults()).toEqual([]);
      expect(await width()).toBeLessThanOrEqual(look.width);
      await context.close();
    },
  );

  it("loads only from this server, under a policy that allows no inline script or style", async () => {
    const { context, faults, requested } = await open(`${server.url}/docs`);
    expect(faults).toEqual([]);
    expect(requested.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith("data:"))).toEqual(
      [],
    );
    await context.close();
  });

  it("calls with a token, which survives a reload and is forgotten with the tab", async () => {
    const { token, email } = await signUp(server);
    const { context, page } = await open(`${server.url}/docs`);
    await authorize(page, token);
    expect(await execute(page, "/api/users/me")).toContain(email);
    await page.reload();
    await page.locator(".opblock").first().waitFor();
    expect(await execute(page, "/api/users/me")).toContain(email);
    const other = await context.newPage();
    await other.goto(`${server.url}/docs`);
    expect(await execute(other, "/api/users/me")).toContain("Not authenticated");
    expect(await other.evaluate(() => JSON.stringify(localStorage))).not.toContain(token);
    await context.close();
  });

  it("offers no field for the cookie, which only a browser can send", async () => {
    const { context, page } = await open(`${server.url}/docs`);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    await page.locator(".auth-wrapper .authorize").click();
    await page.locator(".modal-ux").waitFor();
    expect(await page.locator(".modal-ux input").count()).toBe(1);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("auth-bearer-value");
    expect(await page.locator(".modal-ux").textContent()).not.toMatch(/cookie/i);
    await context.close();
  });

  it("finds operations by path and summary", async () => {
    const { context, page } = await open(`${server.url}/docs`);
    const shown = () =>
      page.locator(".opblock-summary-path").evaluateAll((all) => all.map((each) => each.dataset.path));
    const all = await shown();
    await page.getByLabel("Filter").fill("refresh_TOKEN");
    await expect.poll(shown).toEqual(["/api/users/refresh_token"]);
    await page.getByLabel("Filter").fill("patch admin user");
    await expect.poll(shown).toEqual(["/api/v1/admin/users/{id}"]);
    await page.getByLabel("Filter").fill("");
    await expect.poll(shown).toEqual(all);
    await context.close();
  });

  it.each(["docs", "docs/"])("works behind a path prefix: %s", async (path) => {
    const proxy = await openPrefix("/auth/", server.port);
    const { token, email } = await signUp(server);
    const { context, page, faults, requested } = await open(`${proxy.url}/auth/${path}`);
    await authorize(page, token);
    expect(await execute(page, "/api/users/me")).toContain(email);
    expect(faults).toEqual([]);
    expect(
      requested.filter((url) => !url.startsWith(`${proxy.url}/auth/`) && !url.startsWith("data:")),
    ).toEqual([]);
    expect(requested).toContain(`${proxy.url}/auth/api/users/me`);
    await context.close();
    proxy.close();
  });
});

interface Violation {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: ReadonlyArray<{ readonly html: string }>;
}
