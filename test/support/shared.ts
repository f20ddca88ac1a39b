import { inject } from "vitest";
import type { SharedName } from "./global-setup.js";

/** The URL of the run's shared fixture; it is created now if no test has asked for it yet. */
export async function shared(name: SharedName): Promise<string> {
  const answer = await fetch(`${inject("sharedUrl")}/${name}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
