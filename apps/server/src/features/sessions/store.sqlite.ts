import { and, asc, desc, eq, gt, isNull, lt, lte, ne, sql } from "drizzle-orm";
import { followedBy, NO_CHANGE, onCommit, together } from "../../database/change.js";
import { placeholders } from "../../database/sqlite/placeholders.js";
import { createRowCache, NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { users } from "../accounts/tables.sqlite.js";
import { deleteOver, ENDED } from "./cleaning.sqlite.js";
import { confirming } from "./confirming.sqlite.js";
import { preparePruning } from "./pruning.sqlite.js";
import { hasUsableToken, isLive } from "./rules.js";
import type { EndedSession, Revocation, Session, SessionStore } from "./store.js";
import { revocations, sessions } from "./tables.sqlite.js";

/** Sessions and revocations in SQLite. */
export function sqliteSessionStore(sqlite: Sqlite): SessionStore {
  const { reader, writer } = sqlite;
  const cache = createRowCache<string, Session | undefined>(sqlite.version);
  const byId = reader
    .select()
    .from(sessions)
    .where(eq(sessions.id, sql.placeholder("id")))
    .prepare();
  const exchanged = writer
    .select()
    .from(revocations)
    .where(eq(revocations.id, sql.placeholder("id")))
    .prepare();

  const insert = writer
    .insert(sessions)
    .values(
      placeholders(
        "id",
        "userId",
        "epoch",
        "tokenId",
        "tokenEndsAtMs",
        "createdAtMs",
        "lastSeenAtMs",
        "confirmedAtMs",
        "userAgent",
        "address",
        "expiresAtMs",
        "methods",
        "factorAtMs",
      ),
    )
    .prepare();

  const owner = writer
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.id, sql.placeholder("userId")),
        lte(users.sessionEpoch, sql.placeholder("epoch")),
        eq(
          users.factorGeneration,
          sql`coalesce(${sql.placeholder("generation")}, ${users.factorGeneration})`,
        ),
      ),
    )
    .prepare();
  const prune = preparePruning(sqlite);
  // The exchange of `rules.ts` in one statement: it succeeds if it finds its row.
  const compareAndSet = writer
    .update(sessions)
    .set({
      tokenId: sql`${sql.placeholder("toTokenId")}`,
      tokenEndsAtMs: sql`${sql.placeholder("toEndsAtMs")}`,
      lastSeenAtMs: sql`CASE WHEN ${sessions.lastSeenAtMs} BETWEEN ${sql.placeholder("atMs")} AND ${sql.placeholder("latestMs")}
        THEN ${sessions.lastSeenAtMs} ELSE ${sql.placeholder("atMs")} END`,
      keyed: sql`max(${sessions.keyed}, ${sql.placeholder("keyed")})`,
    })
    .where(
      and(
        eq(sessions.id, sql.placeholder("sessionId")),
        eq(sessions.tokenId, sql.placeholder("fromTokenId")),
        isNull(sessions.revokedAtMs),
      ),
    )
    .returning()
    .prepare();

  const remember = writer
    .insert(revocations)
    .values(placeholders("id", "revokedAtMs", "endsAtMs", "keyHash", "sealedSuccessor"))
    .onConflictDoNothing()
    .prepare();

  const rememberSession = ({ id, endsAtMs }: Revocation, revokedAtMs: number) =>
    remember.run({ id, revokedAtMs, endsAtMs, keyHash: null, sealedSuccessor: null });

  const forget = (changed: ReadonlyArray<{ readonly id: string }>) => {
    for (const { id } of changed) cache.forget(id);
  };

  const insertion: SessionStore["insertion"] = (session, perUser, { also, evicting, ifGeneration } = {}) => {
    let pruned: readonly EndedSession[] = [];
    let evicted: readonly EndedSession[] = [];
    let begun: Session | undefined;
    const change = sqliteChange(
      () => {
        const { userId, epoch, userAgent } = session;
        begun = undefined;
        if (owner.get({ userId, epoch, generation: ifGeneration ?? null }) === undefined) return;
        const deleted = prune.all({
          ...{ userId, userAgent },
          kept: perUser - 1,
          latestMs: session.createdAtMs + CLOCK_TOLERANCE_MS,
        });
        pruned = deleted;
        evicted = deleted.flatMap(({ revokedAtMs, ...ended }) => (revokedAtMs === null ? [ended] : []));
        for (const each of evicted) rememberSession(each, session.createdAtMs);
        insert.run({ ...session });
        begun = session;
      },
      () => {
        forget(pruned);
        cache.renew(session.id, begun);
      },
    );
    return followedBy(
      change,
      () =>
        // Of an account that is gone, or has ended everything from before, nothing is to be remembered or
        // told.
        begun && together(evicted.length === 0 ? undefined : evicting?.(evicted), also),
    );
  };

  const revocationOf: SessionStore["revocationOf"] = (userId, which, also) => {
    const { atMs, newEpoch, keepId } = which;
    let revoked: readonly EndedSession[] = [];
    const statements = () => {
      if (keepId !== undefined && newEpoch !== undefined) {
        writer
          .update(sessions)
          .set({ epoch: newEpoch })
          .where(and(eq(sessions.id, keepId), eq(sessions.userId, userId)))
          .run();
      }
      revoked = writer
        .update(sessions)
        .set({ revokedAtMs: atMs })
        .where(
          and(
            eq(sessions.userId, userId),
            isNull(sessions.revokedAtMs),
            keepId === undefined ? undefined : ne(sessions.id, keepId),
            newEpoch === undefined ? undefined : lt(sessions.epoch, newEpoch),
          ),
        )
        .returning(ENDED)
        .all();
      for (const each of revoked) rememberSession(each, atMs);
    };
    const committed = () => {
      forget(revoked);
      if (keepId !== undefined) cache.forget(keepId);
    };
    return followedBy(sqliteChange(statements, committed), () => also?.(revoked));
  };

  return {
    insertion,
    revocationOf,

    async insert(session, perUser, { also, ...beginning } = {}) {
      let hasBegun = false;
      const noting = onCommit(() => {
        hasBegun = true;
      });
      const begun = { ...beginning, also: together(also, noting) };
      await sqlite.write((add) => add(insertion(session, perUser, begun)), NOTHING_KEPT);
      return hasBegun;
    },

    find: async (id) => cache.get(id, () => sqlite.read(() => byId.get({ id }))),

    listOf: async (owner, nowMs) =>
      sqlite.read(() =>
        reader
          .select()
          .from(sessions)
          .where(eq(sessions.userId, owner.id))
          .orderBy(desc(sessions.lastSeenAtMs), asc(sessions.id))
          .all()
          .filter((session) => isLive(session, owner, nowMs) && hasUsableToken(session, nowMs)),
      ),

    ...confirming(sqlite, cache.forget),

    exchange: ({ keyHash = null, sealedSuccessor = null, ...exchange }) => {
      let renewed: Session | undefined;
      return sqlite.write(
        () => {
          renewed = compareAndSet.get({
            ...exchange,
            latestMs: exchange.atMs + CLOCK_TOLERANCE_MS,
            keyed: keyHash === null ? 0 : 1,
          });
          if (renewed === undefined) return false;
          const { fromTokenId: id, atMs: revokedAtMs, fromEndsAtMs: endsAtMs } = exchange;
          remember.run({ id, revokedAtMs, endsAtMs, keyHash, sealedSuccessor });
          return true;
        },
        { forget: () => cache.renew(exchange.sessionId, renewed) },
      );
    },

    contest: (id) =>
      sqlite.write(
        () => void writer.update(sessions).set({ contested: true }).where(eq(sessions.id, id)).run(),
        { forget: () => cache.forget(id) },
      ),

    async findExchanged(tokenId) {
      // A write that changes nothing: what it finds is on disk before the caller relies on it.
      const row = await sqlite.write(() => exchanged.get({ id: tokenId }), NOTHING_KEPT);
      return row && { atMs: row.revokedAtMs, keyHash: row.keyHash, sealedSuccessor: row.sealedSuccessor };
    },

    revoke: (id, { atMs, tokenId, userId, stolen = false }, also) =>
      sqlite.write((add) => {
        // The revocation of `rules.ts` in one statement: it succeeds if it finds its row.
        const [revoked] = writer
          .update(sessions)
          .set({ revokedAtMs: atMs, stolen })
          .where(
            and(
              eq(sessions.id, id),
              isNull(sessions.revokedAtMs),
              tokenId === undefined ? undefined : eq(sessions.tokenId, tokenId),
              userId === undefined ? undefined : eq(sessions.userId, userId),
            ),
          )
          .returning(ENDED)
          .all();
        if (revoked === undefined) return undefined;
        rememberSession(revoked, atMs);
        add(also?.(revoked));
        return revoked;
      }),

    revokeAll: (userId, which, also) => {
      let revoked: readonly EndedSession[] = [];
      const change = revocationOf(userId, which, (ended) => {
        revoked = ended;
        return also?.(ended) ?? NO_CHANGE;
      });
      return sqlite.write((add) => {
        add(change);
        return revoked;
      });
    },

    listRevocations: async ({ afterId, limit, nowMs }) =>
      sqlite.read(() =>
        reader
          .select({ id: revocations.id, endsAtMs: revocations.endsAtMs })
          .from(revocations)
          .where(and(gt(revocations.id, afterId), gt(revocations.endsAtMs, nowMs)))
          .orderBy(asc(revocations.id))
          .limit(limit)
          .all(),
      ),

    deleteOver: deleteOver(sqlite),
  };
}
