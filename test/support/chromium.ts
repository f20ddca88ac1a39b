import { spawnSync } from "node:child_process";

/**
 * The names on Debian and Homebrew. The first is the same engine without a window, and takes half the time.
 */
const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/** The path of a Chromium; `undefined` if there is none. */
export const executablePath =
  spawnSync("sh", ["-c", NAMES.map((name) => `command -v ${name}`).join(" || ")], {
    encoding: "utf8",
  }).stdout.trim() || undefined;

/** Why tests in a browser are skipped; `undefined` if they run. */
export const noBrowser =
  executablePath === undefined ? "there is no Chromium here: install Debian's package chromium" : undefined;
