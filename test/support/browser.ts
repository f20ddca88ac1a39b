import { type Browser, chromium } from "playwright-core";
import { shared } from "./shared.js";

/** The run's browser; the profiles that are opened in it are gone when it is closed. */
export async function openBrowser(): Promise<Browser> {
  return chromium.connect(await shared("browser"));
}
