import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { openBrowser } from "../support/browser.js";
import { freePort } from "../support/port.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { run } from "../support/run.js";
import { startServer, type TestServer } from "../support/server.js";
import { shared } from "../support/shared.js";
import { runningClock } from "./example.js";
import { openRelay, type Relay } from "./relay.js";

const EXAMPLE = join(import.meta.dirname, "../../apps/example-next");
/** Nothing but the registry's packages is fetched, by npm: Next itself asks nobody. */
const QUIET = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" } as const;

/** The Next.js example as a running server, over a relay in front of a real server whose clock runs. */
export interface NextExample {
  readonly browser: Browser;
  readonly next: RunningNext;
  readonly relay: Relay;
  readonly server: TestServer;
  close(): Promise<void>;
}

export async function openNext(): Promise<NextExample> {
  const port = await freePort();
  const [built, relay, browser, server] = await Promise.all([
    buildNext(),
    openRelay(),
    openBrowser(),
    startServer({
      environment: { COOKIE_SESSIONS: "on", CORS_ORIGINS: `http://localhost:${port}`, TRUST_PROXY: "1" },
      clock: runningClock(),
    }),
  ]);
  relay.target = server.port;
  const next = await startNext(built.folder, port, {
    LATCHKEY_URL: relay.url,
    LATCHKEY_REFRESH_SECRET: randomBytes(32).toString("hex"),
  });
  return {
    browser,
    next,
    relay,
    server,
    async close() {
      await browser.close();
      await next.stop();
      relay.close();
      await Promise.all([server.close(), built.remove()]);
    },
  };
}

/**
 * Installs and builds the Next.js example outside of the monorepo by its own lock file, with the packed
 * client in the place of the workspace; resolves to its folder.
 */
async function buildNext(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "latchkey-next-"));
  const [folder, client] = [join(root, "apps/example-next"), join(root, "packages/client")];
  const isSource = (path: string) => !/\/(node_modules|\.next|next-env\.d\.ts)($|\/)/.test(path);
  await cp(EXAMPLE, folder, { recursive: true, filter: isSource });
  await mkdir(client, { recursive: true });
  await run("tar", ["-xzf", join(await shared("packages"), "client.tgz"), "--strip-components=1"], client);
  await run("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], folder);
  await run(process.execPath, ["node_modules/next/dist/bin/next", "build"], folder, QUIET);
  return { folder, remove: () => rm(root, { recursive: true, force: true }) };
}

/** The built example as a running server. */
interface RunningNext {
  /** Under the name for which a browser keeps the cookie without HTTPS. */
  readonly url: string;
  stop(): Promise<void>;
}

async function startNext(
  folder: string,
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<RunningNext> {
  const child = spawn(
    process.execPath,
    ["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", String(port)],
    { cwd: folder, env: { ...process.env, ...QUIET, ...environment }, stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => String(chunk).includes("Ready") && resolve());
    child.once("exit", (code) => reject(new Error(`Next.js has ended with ${code}`)));
  });
  return {
    url: `http://localhost:${port}`,
    async stop() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

/** A user of the example. */
export interface Account {
  readonly username: string;
  readonly email: string;
}

export async function register(server: TestServer): Promise<Account> {
  const email = freshEmail();
  const json = { username: email.replace("@example.com", ""), email, password: PASSWORD };
  expect((await send(server, "POST", "/api/auth/register", { json })).status).toBe(200);
  return json;
}

/** Waits until a tab shows this user and no other, whether the server rendered it or the browser asked. */
export async function shows(tab: Page, user: Account, never: Account): Promise<void> {
  await tab.locator("[data-user]", { hasText: user.username }).waitFor();
  await tab.locator("[data-address]", { hasText: user.email }).waitFor();
  await tab.locator("footer", { hasText: user.username }).waitFor();
  expect(await tab.locator("main").textContent()).not.toContain(never.username);
}
