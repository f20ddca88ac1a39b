import { randomUUID } from "node:crypto";
import { expect, inject, it } from "vitest";
import { type Change, together } from "../../../../apps/server/src/database/change.js";
import { lock } from "../../../../apps/server/src/database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../../../apps/server/src/database/postgres/postgres.js";
import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openSessionStore } from "../../../../apps/server/src/features/sessions/index.js";
import type { Session } from "../../../../apps/server/src/features/sessions/store.js";
import { insertUsers, POSTGRES } from "../../../support/engines.js";

const ROUNDS = 25;

/** What most changes are written with: an entry in the audit log, which all of them add to in turn. */
const audited = (): Change => postgresChange(({ query }) => lock(query, "audit"));

// A deadlock is resolved after a second, in which everything that one of the two holds waits.
it.skipIf(inject("postgresUrl") === "")(
  "no two transactions on accounts and sessions wait for each other, whatever two processes do at once",
  async () => {
    const { database, other, close } = await POSTGRES.open();
    try {
      const [accounts, otherAccounts] = [openAccountStore(database), openAccountStore(other)];
      const [store, otherStore] = [openSessionStore(database), openSessionStore(other)];
      for (let round = 0; round < ROUNDS; round++) {
        const names = ["a", "b", "c"].map((name) => `${name}${round}`);
        const users = await insertUsers(database, ...names);
        const begun: Session[] = [];
        for (const { id: userId } of users) {
          for (let i = 0; i < 6; i++) {
            const session = newSession(userId, i < 2 ? 4_000 : 10_000);
            await store.insert(session, 9);
            begun.push(session);
          }
        }
        const ids = begun.map(({ id }) => id);
        const exchanges = begun.map(({ id, tokenId }) => ({
          sessionId: id,
          fromTokenId: tokenId,
          fromEndsAtMs: 10_000,
          toTokenId: randomUUID(),
          toEndsAtMs: 12_000,
          atMs: 2_000,
        }));
        const atMs = 3_000;
        const also = () => audited();
        await Promise.all([
          ...exchanges.map((exchange) => store.exchange(exchange)),
          ...exchanges.toReversed().map((exchange) => otherStore.exchange(exchange)),
          store.see(ids.map((id) => ({ id, atMs }))),
          otherStore.see(ids.toReversed().map((id) => ({ id, atMs }))),
          ...users.flatMap(({ id, uuid }, i) => [
            accounts.change(id, { values: {}, atMs, endsSessions: true }, ({ after }) =>
              together(audited(), store.revocationOf(id, { atMs, newEpoch: after.sessionEpoch }, also)),
            ),
            otherStore.revokeAll(id, { atMs, keepId: ids[i * 6 + 5] }, also),
            otherStore.insert(newSession(id, 10_000), 3, { also: audited(), evicting: also }),
            store.insert(newSession(id, 10_000), 3, { also: audited(), evicting: also }),
            i > 0 &&
              otherAccounts.delete(uuid, () =>
                together(audited(), otherStore.revocationOf(id, { atMs }, also)),
              ),
          ]),
          ...ids.map((id, i) => (i % 2 ? store : otherStore).revoke(id, { atMs }, also)),
          store.deleteOver({ nowMs: 5_000, latestEndMs: 900_000, limit: 9 }, also),
          otherStore.deleteOver({ nowMs: 5_000, latestEndMs: 900_000, limit: 9 }, also),
        ]);
      }
      expect(await deadlocks(database.storeOf({ sqlite: () => undefined, postgres: (it) => it }))).toBe(0);
    } finally {
      await close();
    }
  },
);

function newSession(userId: number, tokenEndsAtMs: number): Session {
  return {
    id: randomUUID(),
    userId,
    epoch: 0,
    tokenId: randomUUID(),
    tokenEndsAtMs,
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
    methods: "pwd",
    factorAtMs: null,
  };
}

/** How many PostgreSQL has resolved in this database. */
async function deadlocks(postgres: Postgres | undefined): Promise<number | undefined> {
  const text = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
  const [row] = (await postgres?.query<{ deadlocks: number }>({ name: "deadlocks", text }, [])) ?? [];
  return row?.deadlocks;
}
