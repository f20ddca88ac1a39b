import { domainOf } from "./rules.js";
import type { ClaimedMail } from "./store.js";

type Sender = Pick<ClaimedMail, "askedFrom" | "recipientKey">;

/** An attempt that takes longer holds up others: most are over within a second. */
const STALL_MS = 10_000;
/** As long as the longest time between two attempts of one mail, and some more. */
const REMEMBERED_MS = 2 * 60 * 60_000;
const MOST_REMEMBERED = 1000;

/** Remembers for which sites and domains a mail server has stalled in the last two hours. */
export function rememberStalls() {
  const stalls = new Map<string, { readonly mail: Sender; readonly atMs: number }>();

  return {
    /** Takes note of an attempt that has ended. */
    note(mail: Sender, { beganAtMs, nowMs }: { readonly beganAtMs: number; readonly nowMs: number }): void {
      const key = `${mail.askedFrom} ${domainOf(mail.recipientKey)}`;
      stalls.delete(key);
      if (nowMs - beganAtMs < STALL_MS) return;
      const [oldest] = stalls.keys();
      if (oldest !== undefined && stalls.size === MOST_REMEMBERED) stalls.delete(oldest);
      stalls.set(key, { mail: { askedFrom: mail.askedFrom, recipientKey: mail.recipientKey }, atMs: nowMs });
    },
    /** One mail of each site and domain that has stalled. */
    recent(nowMs: number): readonly Sender[] {
      const isRecent = (atMs: number) => Math.abs(nowMs - atMs) < REMEMBERED_MS;
      return [...stalls.values()].filter(({ atMs }) => isRecent(atMs)).map(({ mail }) => mail);
    },
  };
}
