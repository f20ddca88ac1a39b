import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../support/browser.js";
import { type Pages, servePages } from "../support/pages.js";
import { freshEmail, PASSWORD } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { shared } from "../support/shared.js";
import { openRelay, type Relay } from "./relay.js";

/** The example app in its own browser profile, over a relay in front of a real server whose clock runs. */
export interface Example {
  readonly browser: Browser;
  readonly context: BrowserContext;
  /** The tab in which the user signs up. */
  readonly page: Page;
  readonly pages: Pages;
  readonly relay: Relay;
  readonly server: TestServer;
  close(): Promise<void>;
}

export interface ExampleOptions {
  readonly session?: "token" | "cookie";
  readonly environment?: Readonly<Record<string, string>>;
}

export async function openExample({
  session = "token",
  environment = {},
}: ExampleOptions = {}): Promise<Example> {
  const [folder, relay, browser] = await Promise.all([copyExample(), openRelay(), openBrowser()]);
  const settings = JSON.stringify({ url: relay.url, session });
  const index = join(folder, "index.html");
  const html = await readFile(index, "utf8");
  await writeFile(
    index,
    html.replace("<head>", `<head><script>globalThis.exampleSettings = ${settings}</script>`),
  );
  const pages = await servePages(folder);
  const server = await startServer({
    environment: { CORS_ORIGINS: pages.url, APP_URL: pages.url, ...environment },
    clock: runningClock(),
  });
  relay.target = server.port;
  const context = await browser.newContext();
  return {
    browser,
    context,
    page: await openTab(context, pages),
    pages,
    relay,
    server,
    async close() {
      await browser.close();
      relay.close();
      pages.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function copyExample(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-pages-"));
  await cp(await shared("example"), folder, { recursive: true });
  return folder;
}

/** A browser's clock runs, so the server's does too, and can be moved forward. */
export function runningClock() {
  let aheadMs = 0;
  return {
    nowMs: () => Date.now() + aheadMs,
    advance: ({ ms = 0, seconds = 0, minutes = 0, days = 0 }) => {
      aheadMs += ms + 1000 * (seconds + 60 * (minutes + 1440 * days));
    },
  };
}

/** Resets the profile to a new one with one tab, in which a new user signs up by hand. */
export async function signUpByHand({ context, page, pages }: Example): Promise<{
  readonly context: BrowserContext;
  readonly page: Page;
  readonly username: string;
}> {
  for (const tab of context.pages()) if (tab !== page) await tab.close();
  await context.clearCookies();
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  await page.goto(pages.url);
  const username = await enterByHand(page);
  return { context, page, username };
}

/** A new user signs up by hand, in the front tab: a browser gives little time to those behind it. */
export async function enterByHand(page: Page): Promise<string> {
  await page.bringToFront();
  const email = freshEmail();
  const username = email.replace("@example.com", "");
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await status(page, "signed-in");
  return username;
}

export async function signInByHand(page: Page, username: string): Promise<void> {
  await page.bringToFront();
  await page.getByLabel("Username or email address").fill(username);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await status(page, "signed-in");
}

/** Opens the example's page in a new tab. */
export async function openTab(context: BrowserContext, pages: Pages): Promise<Page> {
  const page = await context.newPage();
  await page.goto(pages.url);
  return page;
}

/** Waits until the page shows this state of its session. */
export async function status(page: Page, expected: "signed-in" | "signed-out"): Promise<void> {
  await page.locator(`main[data-status="${expected}"]`).waitFor();
}

/** The token that the tabs of a profile share, as the page stores it. */
export function keptTokens(page: Page): Promise<string[]> {
  return page.evaluate(
    () => JSON.stringify(Object.values(localStorage)).match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [],
  );
}
