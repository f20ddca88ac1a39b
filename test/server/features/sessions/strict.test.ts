import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Database } from "../../../../apps/server/src/database/database.js";
import { keepRows } from "../../../../apps/server/src/database/postgres/kept-rows.js";
import { openSessionStore } from "../../../../apps/server/src/features/sessions/index.js";
import type { SessionStore } from "../../../../apps/server/src/features/sessions/store.js";
import { postgresSessionStore } from "../../../../apps/server/src/features/sessions/store.postgres.js";
import { sqliteSessionStore } from "../../../../apps/server/src/features/sessions/store.sqlite.js";
import { describeEachEngine, insertUsers } from "../../../support/engines.js";

const REVOCATIONS = 2_000;
const AT_ONCE = 16;

/** The same store, but it never asks what other processes have changed. */
function unaware(database: Database): SessionStore {
  return database.storeOf({
    sqlite: (sqlite) => sqliteSessionStore({ ...sqlite, version: () => 1 }),
    postgres: (postgres) =>
      postgresSessionStore({
        ...postgres,
        keepRows: (options) => keepRows({ look: async () => {}, onChange() {} }, options),
      }),
  });
}

interface Asking {
  /** Whether the other process has each session in memory before it is revoked, or is just loading it. */
  readonly isKept: boolean;
}

/**
 * Revokes sessions in one process and asks for each in another one as soon as its revocation is answered;
 * resolves to how many are still accepted. Meanwhile the other process is asked for them all the time.
 */
async function acceptedAfterRevocation(
  [revoker, asked]: readonly [SessionStore, SessionStore],
  sessions: readonly string[],
  { isKept }: Asking,
): Promise<number> {
  let accepted = 0;
  let next = 0;
  const revokeAndAsk = async () => {
    for (let id = sessions[next++]; id !== undefined; id = sessions[next++]) {
      const asking = asked.find(id);
      if (isKept) await asking;
      await revoker.revoke(id, { atMs: 3_000 });
      if ((await asked.find(id))?.revokedAtMs === null) accepted++;
      await asking;
    }
  };
  let done = false;
  const askAlways = async () => {
    for (let i = 0; !done; i++) {
      await asked.find(sessions[Math.min(sessions.length, next + (i % AT_ONCE)) - 1] ?? "");
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const asking = Promise.all(Array.from({ length: 4 }, askAlways));
  await Promise.all(Array.from({ length: AT_ONCE }, revokeAndAsk));
  done = true;
  await asking;
  return accepted;
}

describeEachEngine("a process of two over $engine", ({ open }) => {
  it.each([
    ["accepts none of 2,000 that it had in memory after their revocation", openSessionStore, true, 0],
    ["accepts none of 2,000 that it was loading at their revocation", openSessionStore, false, 0],
    ["would accept all if it did not ask for changes, which this test would see", unaware, true, REVOCATIONS],
  ] as const)(
    "%s",
    async (_, openAsked, isKept, expected) => {
      const { database, other, close } = await open();
      try {
        const [user] = await insertUsers(database, "a");
        const store = openSessionStore(database);
        const session = {
          userId: user?.id ?? 0,
          epoch: 0,
          tokenEndsAtMs: 10_000,
          createdAtMs: 1_000,
          lastSeenAtMs: 1_000,
          confirmedAtMs: 1_000,
          userAgent: null,
          address: "192.0.2.1",
          expiresAtMs: 20_000,
          keyed: false,
          contested: false,
          revokedAtMs: null,
          stolen: false,
        };
        const ids = Array.from({ length: REVOCATIONS }, () => randomUUID());
        for (let from = 0; from < ids.length; from += AT_ONCE) {
          const some = ids.slice(from, from + AT_ONCE);
          await Promise.all(some.map((id) => store.insert({ ...session, id, tokenId: id }, REVOCATIONS)));
        }
        expect(await acceptedAfterRevocation([store, openAsked(other)], ids, { isKept })).toBe(expected);
      } finally {
        await close();
      }
    },
    120_000,
  );
});
