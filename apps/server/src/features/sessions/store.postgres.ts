import { and, asc, gt } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import type { Query, Statement } from "../../database/postgres/statement.js";
import type { Transaction } from "../../database/postgres/write.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { deleteOver } from "./cleaning.postgres.js";
import { hasUsableToken, isLive, withMethods } from "./rules.js";
import { STATEMENTS } from "./statements.postgres.js";
import type {
  Beginning,
  EndedSession,
  Exchange,
  Exchanged,
  RevocationOfAll,
  Seen,
  Session,
  SessionStore,
} from "./store.js";
import { revocations } from "./tables.postgres.js";

/** Sessions and revocations in PostgreSQL. */
export function postgresSessionStore(postgres: Postgres): SessionStore {
  const kept = postgres.keepRows<Session>({
    kind: "s",
    async load(ids) {
      const sessions = await postgres.query<Session>(STATEMENTS.byIds, [ids]);
      return new Map(sessions.map((session) => [session.id, session]));
    },
  });

  const exchangeFree = postgres.lane<Exchange, boolean | undefined>((exchanges, query) =>
    exchangeWith(STATEMENTS.exchange, query, exchanges),
  );

  return {
    find: kept.get,
    async exchange(exchange) {
      const alone = async ({ query }: Transaction) =>
        (await exchangeWith(STATEMENTS.exchangeOne, query, [exchange]))[0];
      return (await exchangeFree(exchange)) ?? (await postgres.write(alone)) ?? false;
    },
    insert: (...given) => postgres.write((transaction) => begin(transaction, ...given)),
    insertion: (...given) =>
      postgresChange(async (transaction) => {
        await begin(transaction, ...given);
      }),
    revokeAll: (userId, which, also) =>
      postgres.write((transaction) => revokeAll(transaction, userId, which, also)),
    revocationOf: (userId, which, also) =>
      postgresChange(async (transaction) => {
        await revokeAll(transaction, userId, which, also);
      }),

    async listOf(owner, nowMs) {
      const listed = await postgres.query<Session>(STATEMENTS.ofUser, [owner.id]);
      return listed.filter((session) => isLive(session, owner, nowMs) && hasUsableToken(session, nowMs));
    },

    async see(seen) {
      const seeWith = (statement: Statement, some: readonly Seen[]) =>
        postgres.write(({ query }) =>
          query<Pick<Seen, "id">>(statement, [
            some.map(({ id }) => id),
            some.map(({ atMs }) => atMs),
            some.map(({ atMs }) => atMs + CLOCK_TOLERANCE_MS),
          ]),
        );
      const free = new Set((await seeWith(STATEMENTS.see, seen)).map(({ id }) => id));
      for (const each of seen) if (!free.has(each.id)) await seeWith(STATEMENTS.seeOne, [each]);
    },

    contest: (id) =>
      postgres.write(async ({ query }) => {
        await query(STATEMENTS.contest, [id]);
      }),

    confirm: (id, atMs, factor) =>
      postgres.write(async ({ query }) => {
        if (factor !== undefined) return giveFactor(query, id, { atMs, methods: factor });
        return (await query(STATEMENTS.confirm, [id, atMs])).length > 0;
      }),

    factorGiven: (id, given) =>
      postgresChange(async ({ query }) => {
        if (!(await giveFactor(query, id, given))) throw new ChangeRefused();
      }),

    async findExchanged(tokenId) {
      const [exchanged] = await postgres.query<Exchanged>(STATEMENTS.exchanged, [tokenId]);
      return exchanged;
    },

    revoke: (id, { atMs, tokenId = null, userId = null, stolen = false }, also) =>
      postgres.write(async ({ query, add }) => {
        const values = [id, atMs, stolen, tokenId, userId];
        const [revoked] = await query<EndedSession>(STATEMENTS.revoke, values);
        if (revoked !== undefined) await add(also?.(revoked));
        return revoked;
      }),

    listRevocations: ({ afterId, limit, nowMs }) =>
      postgres.read((database) =>
        database
          .select({ id: revocations.id, endsAtMs: revocations.endsAtMs })
          .from(revocations)
          .where(and(gt(revocations.id, afterId), gt(revocations.endsAtMs, nowMs)))
          .orderBy(asc(revocations.id))
          .limit(limit),
      ),

    deleteOver: deleteOver(postgres),
  };
}

/** Whether each exchange has succeeded; `undefined` if its session is locked by another transaction, or gone. */
async function exchangeWith(
  statement: Statement,
  query: Query,
  exchanges: readonly Exchange[],
): Promise<ReadonlyArray<boolean | undefined>> {
  const found = await query<{ readonly sessionId: string; readonly toTokenId: string | null }>(statement, [
    exchanges.map(({ sessionId }) => sessionId),
    exchanges.map(({ fromTokenId }) => fromTokenId),
    exchanges.map(({ fromEndsAtMs }) => fromEndsAtMs),
    exchanges.map(({ toTokenId }) => toTokenId),
    exchanges.map(({ toEndsAtMs }) => toEndsAtMs),
    exchanges.map(({ atMs }) => atMs),
    exchanges.map(({ atMs }) => atMs + CLOCK_TOLERANCE_MS),
    exchanges.map(({ keyHash }) => keyHash ?? null),
    exchanges.map(({ sealedSuccessor }) => sealedSuccessor ?? null),
  ]);
  const tokenOf = new Map(found.map(({ sessionId, toTokenId }) => [sessionId, toTokenId]));
  return exchanges.map(({ sessionId, toTokenId }) => {
    const token = tokenOf.get(sessionId);
    // Not by the old token: several may have asked for its exchange.
    return token === undefined ? undefined : token === toTokenId;
  });
}

async function begin(
  { query, add }: Transaction,
  session: Session,
  perUser: number,
  { also, evicting, ifGeneration }: Beginning = {},
): Promise<boolean> {
  const { userId, epoch, createdAtMs } = session;
  // Of an account that is gone, or has ended everything from before, nothing is to be remembered or told.
  if ((await query(STATEMENTS.lockOwner, [userId, epoch, ifGeneration ?? null])).length === 0) return false;
  const latestMs = createdAtMs + CLOCK_TOLERANCE_MS;
  const pruned = [userId, perUser - 1, latestMs, createdAtMs, session.userAgent];
  const evicted = await query<EndedSession>(STATEMENTS.prune, pruned);
  await query(STATEMENTS.insert, [
    session.id,
    userId,
    epoch,
    session.tokenId,
    session.tokenEndsAtMs,
    createdAtMs,
    session.lastSeenAtMs,
    session.confirmedAtMs,
    session.userAgent,
    session.address,
    session.expiresAtMs,
    session.methods,
    session.factorAtMs,
  ]);
  if (evicted.length > 0) await add(evicting?.(evicted));
  await add(also);
  return true;
}

async function revokeAll(
  { query, add }: Transaction,
  userId: number,
  { atMs, newEpoch, keepId }: RevocationOfAll,
  also: Parameters<SessionStore["revokeAll"]>[2],
): Promise<readonly EndedSession[]> {
  await query(STATEMENTS.lockOwner, [userId, null, null]);
  const which = [userId, atMs, keepId ?? null, newEpoch ?? null];
  const revoked = await query<EndedSession>(STATEMENTS.revokeAll, which);
  await add(also?.(revoked));
  return revoked;
}

async function giveFactor(
  query: Query,
  id: string,
  { atMs, methods }: { readonly atMs: number; readonly methods: readonly string[] },
): Promise<boolean> {
  const [session] = await query<Session>(STATEMENTS.lock, [id]);
  if (session === undefined) return false;
  await query(STATEMENTS.factorGiven, [id, atMs, withMethods(session, methods)]);
  return true;
}
