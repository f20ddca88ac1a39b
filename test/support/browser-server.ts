import { executablePath, noBrowser } from "./chromium.js";
import type { Shared } from "./once-per-run.js";

/** Starts a real browser that talks to this machine only. */
export async function launchBrowser(): Promise<Shared> {
  if (executablePath === undefined) throw new Error(noBrowser);
  // Loaded here: most runs of some tests need none.
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
    ],
  });
  return { address: server.wsEndpoint(), remove: () => server.close() };
}
