import { inject } from "vitest";
import type { SharedName } from "./global-setup.js";

/** The address of what this run's files share; it is made now if nobody has asked for it yet. */
export async function shared(name: SharedName): Promise<string> {
  const answer = await fetch(`${inject("sharedUrl")}/${name}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
