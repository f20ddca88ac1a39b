import { executablePath, noBrowser } from "./chromium.js";
import type { Shared } from "./once-per-run.js";

/** Starts a real browser that can reach only this machine. */
export async function launchBrowser(): Promise<Shared> {
  if (executablePath === undefined) throw new Error(noBrowser);
  // Loaded here, because most runs need no browser.
  const { chromium } = await import("playwright-core");
  const server = await chromium.launchServer({
    executablePath,
    args: [
      // A sandbox needs what containers lack; the pages here are our own.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Hosts of one site, which names of this machine are not.
      "--host-resolver-rules=MAP *.shop.test 127.0.0.1",
    ],
  });
  return { address: server.wsEndpoint(), remove: () => server.close() };
}
