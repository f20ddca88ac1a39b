import { afterEach, beforeEach, expect, it } from "vitest";
import type { Change } from "../../../../apps/server/src/database/change.js";
import { link } from "../../../../apps/server/src/features/audit/chain.js";
import type {
  AuditEvent,
  AuditFilter,
  AuditStore,
} from "../../../../apps/server/src/features/audit/store.js";

export interface OpenedAuditStore {
  readonly store: AuditStore;
  /** Commits a change that the store has made. */
  commit(change: Change): Promise<void>;
  /** A second store over the same database, as another process has it. */
  readonly other: AuditStore;
  close(): void | Promise<void>;
}

export const BEGINNING = { number: 0, hash: "0".repeat(64) };

export const event = (change: Partial<AuditEvent> = {}): AuditEvent => ({
  atMs: 1_000,
  action: "auth.login",
  outcome: "ok",
  actor: "anna",
  subject: "anna",
  address: "192.0.2.1",
  userAgent: "curl/8",
  requestId: "r-1",
  details: null,
  ...change,
});

/** What every audit store must uphold, on any engine. */
export function auditStoreSuite(open: () => Promise<OpenedAuditStore>): void {
  let opened: OpenedAuditStore;
  let store: AuditStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const all = () => store.walk({ after: 0, limit: 1000 });
  const numbers = (entries: ReadonlyArray<{ readonly number: number }>) =>
    entries.map(({ number }) => number);
  const find = async (filter: AuditFilter, more = {}) =>
    store.find({ filter, before: 1_000_000, limit: 100, lookAt: 1000, ...more });

  it("keeps an event as it was, with its number and its hash", async () => {
    const first = event({ details: '{"count":2}' });
    const second = event({ subject: null, address: null, userAgent: null, requestId: null });
    await store.append(() => [first, second]);
    const hash = link(first, BEGINNING);
    expect(await all()).toEqual([
      { ...first, number: 1, hash },
      { ...second, number: 2, hash: link(second, { number: 1, hash }) },
    ]);
  });

  it("makes one chain of what several processes append at once", async () => {
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        (i % 2 ? store : opened.other).append(() => [event({ atMs: i })]),
      ),
    );
    let last = BEGINNING;
    for (const entry of await all()) {
      expect(entry.number).toBe(last.number + 1);
      expect(entry.hash).toBe(link(entry, last));
      last = entry;
    }
    expect(last.number).toBe(200);
    expect(await store.head()).toEqual({ number: 200, hash: last.hash });
  });

  it("keeps every text so that its hash fits, whatever characters it has", async () => {
    const texts = [
      `"quoted" 'and' \\ \\" back`,
      "ü ß é",
      "line\u2028separator\u2029",
      "漢字",
      "😀👩‍👩‍👧",
      "tab\t line\n return\r bell\u0007 delete\u007f",
      '{a,NULL,"b"} (1) $1 %s',
      "NULL",
      "",
      "half \ud83d",
      "\ude00 half",
      "NUL \0",
    ];
    for (const text of texts) {
      const texts = { subject: text, address: text, userAgent: text, requestId: text };
      await store.append(() => [event({ actor: text, ...texts, details: JSON.stringify({ reason: text }) })]);
      await opened.commit(store.addition(() => [event({ actor: `changed ${text}`, details: text })]));
    }
    let last = BEGINNING;
    for (const entry of await all()) {
      expect([entry.actor, entry.hash]).toEqual([entry.actor, link(entry, last)]);
      last = entry;
    }
    expect(last.number).toBe(2 * texts.length);
    const kept = (await all()).filter((_, i) => i % 2 === 0).map(({ userAgent }) => userAgent);
    expect(kept.slice(0, 9)).toEqual(texts.slice(0, 9));
    expect(kept.slice(9)).toEqual(["half \ufffd", "\ufffd half", "NUL \ufffd"]);
  });

  it("writes an event with its change, or not at all", async () => {
    const change = store.addition(() => [event({ action: "with a change" })]);
    expect(await all()).toEqual([]);
    await opened.commit(change);
    expect((await all()).map(({ action }) => action)).toEqual(["with a change"]);
  });

  it("gives later entries later times, of what two processes append alone and with changes at once", async () => {
    let atMs = 1_000;
    const next = () => [event({ atMs: ++atMs })];
    await Promise.all(
      Array.from({ length: 120 }, async (_, i) => {
        if (i % 3 === 0) return store.append(next);
        if (i % 3 === 1) return opened.other.append(next);
        return opened.commit(store.addition(next));
      }),
    );
    const times = (await all()).map((entry) => entry.atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times).toHaveLength(120);
  });

  it("finds the newest first, page by page", async () => {
    await store.append(() => Array.from({ length: 5 }, () => event()));
    const first = await find({}, { limit: 3 });
    expect([numbers(first.entries), first.next]).toEqual([[5, 4, 3], 3]);
    const second = await find({}, { limit: 3, before: first.next });
    expect([numbers(second.entries), second.next]).toEqual([[2, 1], undefined]);
  });

  it("finds by actor, subject, action, outcome and time", async () => {
    await store.append(() => [
      event({ actor: "anna", subject: "boris", action: "admin.users.disable", atMs: 10 }),
      event({ actor: "anna", subject: "anna", outcome: "INVALID_CREDENTIALS", atMs: 20 }),
      event({ actor: "anonymous", subject: null, outcome: "TOKEN_INVALID", action: "auth.logins", atMs: 30 }),
      event({ actor: "operator", subject: "boris", action: "admin.users.enable", atMs: 40 }),
    ]);
    const found = async (filter: AuditFilter) => numbers((await find(filter)).entries);
    expect(await found({ actor: "anna" })).toEqual([2, 1]);
    expect(await found({ subject: "boris" })).toEqual([4, 1]);
    expect(await found({ actor: "anna", subject: "boris" })).toEqual([1]);
    expect(await found({ action: "auth.login" })).toEqual([2]);
    expect(await found({ action: "admin." })).toEqual([4, 1]);
    expect(await found({ action: "Admin_" })).toEqual([]);
    expect(await found({ outcome: "TOKEN_INVALID" })).toEqual([3]);
    expect(await found({ outcome: "failed" })).toEqual([3, 2]);
    expect(await found({ fromMs: 20, toMs: 40 })).toEqual([3, 2]);
  });

  it("examines no more entries for one page than it is told, and says where to continue", async () => {
    await store.append(() => [event({ action: "rare" }), ...Array.from({ length: 9 }, () => event())]);
    const first = await find({ action: "rare" }, { lookAt: 4 });
    expect(first).toEqual({ entries: [], next: 7 });
    const second = await find({ action: "rare" }, { lookAt: 4, before: first.next });
    expect(second).toEqual({ entries: [], next: 3 });
    const third = await find({ action: "rare" }, { lookAt: 4, before: second.next });
    expect([numbers(third.entries), third.next]).toEqual([[1], undefined]);
  });

  const DAY_MS = 24 * 60 * 60 * 1000;
  const onDays = (days: readonly number[]) => days.map((day) => event({ atMs: day * DAY_MS }));
  const told = (days: number) => (count: number) =>
    event({ action: "audit.retention", atMs: 9 * DAY_MS, details: JSON.stringify({ count, days }) });

  it("deletes the oldest within limits and remembers where the chain continues", async () => {
    await store.retain(4, told(4));
    await store.append(() => onDays([1, 2, 3, 4, 8, 9]));
    const entries = await all();
    expect(await store.checkpoint()).toEqual(BEGINNING);
    expect(await store.deleteOlder({ nowMs: 9 * DAY_MS, limit: 2 })).toBe(2);
    expect(await store.deleteOlder({ nowMs: 9 * DAY_MS, limit: 2 })).toBe(1);
    expect(await store.deleteOlder({ nowMs: 9 * DAY_MS, limit: 2 })).toBe(0);
    expect(await all()).toEqual(entries.slice(3));
    expect(await opened.other.checkpoint()).toEqual({ number: 3, hash: entries[2]?.hash });
  });

  it("deletes nothing before it was told how long entries are kept, or if for ever", async () => {
    await store.append(() => onDays([1, 2, 1000]));
    expect(await store.deleteOlder({ nowMs: 1000 * DAY_MS, limit: 10 })).toBe(0);
    await store.retain(0, told(0));
    expect(await store.deleteOlder({ nowMs: 1000 * DAY_MS, limit: 10 })).toBe(0);
    expect(await all()).toHaveLength(3);
  });

  it("records each change of how long entries are kept, with the last entry deleted before", async () => {
    await store.retain(5, told(5));
    await opened.other.retain(5, told(5));
    expect(await all()).toEqual([]);
    await store.append(() => onDays([1, 2, 9]));
    await store.deleteOlder({ nowMs: 9 * DAY_MS, limit: 10 });
    await opened.other.retain(7, told(7));
    await opened.other.retain(7, told(7));
    expect((await all()).map(({ details }) => details)).toEqual([null, null, '{"count":1,"days":7}']);
    expect(await store.deleteOlder({ nowMs: 9 * DAY_MS, limit: 10 })).toBe(0);
  });

  it("deletes nothing while the newest entry is from the future", async () => {
    await store.retain(1, told(1));
    await store.append(() => onDays([1, 2, 900]));
    expect(await store.deleteOlder({ nowMs: 10 * DAY_MS, limit: 10 })).toBe(0);
    await store.append(() => onDays([10]));
    expect(await store.deleteOlder({ nowMs: 10 * DAY_MS, limit: 10 })).toBe(1);
    expect(numbers(await all())).toEqual([2, 3, 4]);
  });
}
