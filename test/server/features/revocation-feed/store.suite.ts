import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PAGE } from "../../../../apps/server/src/features/revocation-feed/rules.js";
import type { Cursor, FeedStore } from "../../../../apps/server/src/features/revocation-feed/store.js";

export interface OpenedFeedStore {
  readonly store: FeedStore;
  /** A second store over the same database, as another process has it. */
  readonly other: FeedStore;
  /** Runs statements in one transaction, as another program does. */
  run(...statements: readonly string[]): Promise<void>;
  close(): void | Promise<void>;
}

const HOUR_MS = 3_600_000;

/** What every store of the revocation feed must uphold, on any engine. */
export function feedStoreSuite(open: () => Promise<OpenedFeedStore>): void {
  let opened: OpenedFeedStore;
  let store: FeedStore;
  let start: Cursor;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
    await opened.run(userNamed(1, "a"), userNamed(2, "b"));
    start = (await store.since(0)).cursor;
  });
  afterEach(() => opened.close());

  const run = (...statements: readonly string[]) => opened.run(...statements);
  const endedSince = async (cursor: Cursor) =>
    [...new Set((await store.after(cursor))?.ended.map(({ sessionId }) => sessionId))].sort();
  /** The sessions that these statements end, of two of each user. */
  const endedBy = async (...statements: readonly string[]) => {
    await run(session("a1", 1), session("a2", 1), session("b1", 2), session("b2", 2));
    expect(await endedSince(start)).toEqual([]);
    await run(...statements);
    return endedSince(start);
  };

  describe("has each session that ended, and no other", () => {
    const ending: Record<string, readonly [readonly string[], readonly string[]]> = {
      "one that was revoked": [["UPDATE sessions SET revoked_at = 5000 WHERE id = 'a1'"], ["a1"]],
      "those of an account that were revoked": [
        ["UPDATE sessions SET revoked_at = 5000 WHERE user_id = 1"],
        ["a1", "a2"],
      ],
      "one that was deleted": [["DELETE FROM sessions WHERE id = 'a1'"], ["a1"]],
      "those of a deleted account": [["DELETE FROM users WHERE id = 1"], ["a1", "a2"]],
      "those of an account that was disabled": [
        ["UPDATE users SET disabled = true WHERE id = 1"],
        ["a1", "a2"],
      ],
      "those of an account whose epoch was raised": [
        ["UPDATE users SET session_epoch = session_epoch + 1 WHERE id = 1"],
        ["a1", "a2"],
      ],
      "those of all accounts": [
        ["UPDATE users SET session_epoch = session_epoch + 1"],
        ["a1", "a2", "b1", "b2"],
      ],
      "not the one that is carried over into the new epoch": [
        [
          "UPDATE users SET session_epoch = 1 WHERE id = 1",
          "UPDATE sessions SET epoch = 1 WHERE id = 'a1'",
          "UPDATE sessions SET revoked_at = 5000 WHERE user_id = 1 AND epoch < 1",
        ],
        ["a2"],
      ],
      "not the one that was carried over before": [
        ["UPDATE sessions SET epoch = 1 WHERE id = 'a1'", "UPDATE users SET session_epoch = 1 WHERE id = 1"],
        ["a2"],
      ],
      "none that is exchanged, seen or confirmed": [
        [
          "UPDATE sessions SET token_id = 'next', token_ends_at = token_ends_at + 1, last_seen_at = 5, confirmed_at = 6 WHERE id = 'a1'",
        ],
        [],
      ],
      "none of an account that was changed otherwise": [
        ["UPDATE users SET username = 'c', session_epoch = session_epoch, disabled = disabled WHERE id = 1"],
        [],
      ],
      "none of an account that was enabled": [["UPDATE users SET disabled = false WHERE id = 1"], []],
    };
    it.each(Object.entries(ending))("%s", async (_, [statements, ended]) => {
      expect(await endedBy(...statements)).toEqual(ended);
    });

    it("none that is deleted after it was revoked, or after its time was over", async () => {
      await run(session("revoked", 1, { revokedAtMs: 5000 }), session("over", 1, { tokenEndsAtMs: 6000 }));
      await run("DELETE FROM sessions");
      expect(await endedSince(start)).toEqual([]);
    });

    it("none whose end was rolled back", async () => {
      await run(session("a1", 1));
      const failing = ["UPDATE sessions SET revoked_at = 5000", "INSERT INTO users (id) VALUES (1)"];
      await expect(run(...failing)).rejects.toThrow();
      expect(await endedSince(start)).toEqual([]);
    });
  });

  it("says when a session ended, by the database's clock", async () => {
    await run(session("a1", 1), session("a2", 1));
    await run(
      "UPDATE sessions SET revoked_at = 5000 WHERE id = 'a1'",
      "DELETE FROM sessions WHERE id = 'a2'",
    );
    const { ended = [] } = (await store.after(start)) ?? {};
    expect(ended).toHaveLength(2);
    for (const { atMs } of ended) expect(Math.abs(Date.now() - atMs)).toBeLessThan(HOUR_MS);
  });

  it("continues after a cursor, in every process", async () => {
    await revoke("a1");
    const page = await store.after(start);
    await revoke("a2");
    await revoke("a3");
    expect(await endedSince(page?.cursor ?? start)).toEqual(["a2", "a3"]);
    const seen = await opened.other.after(page?.cursor ?? start);
    expect(seen?.ended.map(({ sessionId }) => sessionId)).toEqual(["a2", "a3"]);
    expect(await store.after(seen?.cursor ?? start)).toEqual({
      ended: [],
      cursor: seen?.cursor,
      hasMore: false,
    });
  });

  it.each([
    ["a number that was never given", { n: 4_000_000_000 }],
    ["another tag", { tag: -1 }],
  ])("does not know a cursor with %s", async (_, change) => {
    await revoke("a1");
    expect(await store.after({ ...start, ...change })).toBeUndefined();
  });

  it("does not know a cursor whose end was lost with its history", async () => {
    await revoke("a1");
    const { cursor } = await store.since(0);
    await run(`DELETE FROM changes WHERE n = ${cursor.n}`);
    await revoke("a2");
    expect(await store.after(cursor)).toBeUndefined();
  });

  it("reads everything since a time, with a cursor even if there is nothing", async () => {
    await revoke("a1", 5000);
    await revoke("a2", 7000);
    const { cursor } = await store.since(0);
    expect(await store.since(6000)).toMatchObject({ ended: [{ sessionId: "a2" }], cursor, hasMore: false });
    const page = await store.since(9000);
    expect(page).toEqual({ ended: [], cursor, hasMore: false });
    await revoke("a3", 8000);
    expect(await endedSince(page.cursor)).toEqual(["a3"]);
  });

  it("reads in pages, and misses nothing between them", async () => {
    const ids = Array.from({ length: PAGE + 300 }, (_, i) => `s${String(i).padStart(5, "0")}`);
    await run(...ids.map((id) => session(id, 1)));
    await run("UPDATE sessions SET revoked_at = 5000");
    const [first, after] = [await store.since(0), await store.after(start)];
    expect([first.ended.length, first.hasMore, after?.ended.length, after?.hasMore]).toEqual([
      PAGE,
      true,
      PAGE,
      true,
    ]);
    const rest = await store.after(first.cursor);
    const found = [...first.ended, ...(rest?.ended ?? [])].map(({ sessionId }) => sessionId);
    expect([found.sort(), rest?.hasMore]).toEqual([ids, false]);
  });

  it("deletes what ended before a time, a bounded number at once, and keeps the newest", async () => {
    for (const id of ["a1", "a2", "a3", "a4"]) await revoke(id, 5000);
    const { cursor } = await store.since(0);
    expect(await store.deleteBefore(5000, 2)).toBe(1);
    expect(await store.deleteBefore(6000, 2)).toBe(2);
    expect(await opened.other.deleteBefore(6000, 2)).toBe(1);
    expect(await store.deleteBefore(6000, 2)).toBe(0);
    expect(await store.after(cursor)).toMatchObject({ ended: [], cursor });
    expect(await store.after(start)).toBeUndefined();
  });

  /** Revokes a session of its own. */
  async function revoke(id: string, atMs = 5000): Promise<void> {
    await run(session(id, 1));
    await run(`UPDATE sessions SET revoked_at = 5000 WHERE id = '${id}'`);
    await run(`UPDATE changes SET at = ${atMs} WHERE kind = 'r' AND id = '${id}'`);
  }
}

function userNamed(id: number, name: string): string {
  return `INSERT INTO users (id, uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
    VALUES (${id}, '${name}', '${name}', '${name}', '${name}', '${name}', '', 0, 0)`;
}

/** A session that begins now, unless it says otherwise. */
function session(
  id: string,
  userId: number,
  {
    revokedAtMs = null,
    tokenEndsAtMs = Date.now() + HOUR_MS,
  }: { revokedAtMs?: number | null; tokenEndsAtMs?: number } = {},
): string {
  return `INSERT INTO sessions
      (id, user_id, epoch, token_id, token_ends_at, created_at, last_seen_at, confirmed_at, address, expires_at, revoked_at)
    VALUES ('${id}', ${userId}, 0, '${id}', ${tokenEndsAtMs}, 0, 0, 0, '192.0.2.1', ${tokenEndsAtMs}, ${revokedAtMs})`;
}
