import { setImmediate } from "node:timers/promises";
import { unavailable } from "../../error.js";
import type { Audit, AuditEntry } from "../audit/service.js";

/** The newest entries of an account's log, as many as one answer holds. */
export interface RecentLog {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  readonly hasOlderEntries: boolean;
}

/** Lets an account make one export at a time, and a process few: each holds memory until it has been sent. */
export function createExportTurns(most: number) {
  const making = new Set<string>();
  /** Raises `UNAVAILABLE` if it has to wait. */
  return async <T>(account: string, make: () => Promise<T>): Promise<T> => {
    if (making.has(account) || making.size >= most) throw unavailable();
    making.add(account);
    try {
      return await make();
    } finally {
      making.delete(account);
    }
  };
}

const ENTRIES_PER_PAGE = 500;
const MAX_ENTRIES = 10_000;
const MAX_LOG_BYTES = 2 * 1024 * 1024;
/** What an entry takes without its user agent. */
const ENTRY_BYTES = 200;

/** Reads page by page; others are served in between. */
export async function recentLog(audit: Pick<Audit, "list">, subject: string): Promise<RecentLog> {
  const entries: AuditEntry[] = [];
  let bytes = 0;
  for (let before: number | undefined; ; ) {
    const page = await audit.list({ subject }, { before, limit: ENTRIES_PER_PAGE });
    for (const entry of page.entries) {
      bytes += ENTRY_BYTES + Buffer.byteLength(entry.userAgent ?? "");
      if (entries.length === MAX_ENTRIES || bytes > MAX_LOG_BYTES) return { entries, hasOlderEntries: true };
      entries.push(entry);
    }
    if (page.next === undefined) return { entries, hasOlderEntries: false };
    before = page.next;
    await setImmediate();
  }
}
