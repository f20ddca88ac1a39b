import { type Browser, chromium } from "playwright-core";
import { shared } from "./shared.js";

/** The run's browser; closing it deletes the profiles that were opened in it. */
export async function openBrowser(): Promise<Browser> {
  return chromium.connect(await shared("browser"));
}
