import { spawnSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

/** As Debian and Homebrew name it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Where a Chromium lies; `undefined` where there is none. */
const executablePath = NAMES.map(
  (name) => spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim() || undefined,
).find((path) => path !== undefined);

/** Why tests in a browser are skipped; `undefined` where they run. */
export const noBrowser =
  executablePath === undefined ? "there is no Chromium here: install Debian's package chromium" : undefined;

/** Starts a real browser that talks to this machine only. */
export function openBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(noBrowser);
  return chromium.launch({
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
}
