import type { Page } from "playwright-core";
import { PASSWORD, registerUser } from "../support/rest.js";
import type { Example } from "./example.js";

/**
 * A client as it is often written: one token in storage, exchanged by each tab on its own, and dropped when
 * that is refused.
 */
async function refreshNaively(page: Page, url: string): Promise<boolean> {
  return page.evaluate(async (base) => {
    const token = localStorage.getItem("naive");
    const response = await fetch(`${base}/api/users/refresh_token`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
    });
    if (!response.ok) {
      localStorage.removeItem("naive");
      return false;
    }
    const { access_token } = await response.json();
    localStorage.setItem("naive", access_token);
    return true;
  }, url);
}

/**
 * The same rounds in the same tabs with a naive client: how many tabs were signed out, in how many rounds.
 */
export async function naiveRounds(
  { relay, server }: Example,
  tabs: readonly Page[],
  rounds: number,
): Promise<{ readonly signedOut: number; readonly roundsWithLoss: number }> {
  const email = await registerUser(server);
  let signedOut = 0;
  let roundsWithLoss = 0;
  for (let round = 0; round < rounds; round++) {
    await tabs[0]?.evaluate(
      async ({ base, body }) => {
        if (localStorage.getItem("naive") !== null) return;
        const headers = { "Content-Type": "application/json" };
        const response = await fetch(`${base}/api/users/login`, { method: "POST", headers, body });
        localStorage.setItem("naive", (await response.json()).access_token);
      },
      { base: relay.url, body: JSON.stringify({ email, password: PASSWORD }) },
    );
    const kept = await Promise.all(tabs.map((tab) => refreshNaively(tab, relay.url)));
    const lost = kept.filter((isKept) => !isKept).length;
    signedOut += lost;
    if (lost > 0) roundsWithLoss++;
  }
  // The winner of the last round may have stored its token after the losers removed theirs.
  await tabs[0]?.evaluate(() => localStorage.removeItem("naive"));
  return { signedOut, roundsWithLoss };
}
