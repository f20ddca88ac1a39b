import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Change, NO_CHANGE, onCommit } from "../../../../apps/server/src/database/change.js";
import type { AccountStore } from "../../../../apps/server/src/features/accounts/store.js";
import type {
  Beginning,
  EndedSession,
  ExpiredSession,
  Session,
  SessionStore,
} from "../../../../apps/server/src/features/sessions/store.js";
import { timeOrderedId } from "../../../../apps/server/src/world/id.js";

export interface OpenedSessionStore {
  readonly store: SessionStore;
  /** A second store over the same database, as another process has it. */
  readonly other: SessionStore;
  /** Ids of two users that exist. */
  readonly userIds: readonly [number, number];
  /** The accounts of the same database, as the other process has them; the users' uuids are `a` and `b`. */
  readonly otherAccounts: AccountStore;
  /** Commits a change that the store has made, without declaring which rows it changes. */
  commit(change: Change): Promise<void>;
  close(): void | Promise<void>;
}

/** What every session store must uphold, on any engine. */
export function sessionStoreSuite(open: () => OpenedSessionStore | Promise<OpenedSessionStore>): void {
  let opened: OpenedSessionStore;
  let store: SessionStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const insert = async (change: Partial<Session> = {}): Promise<Session> => {
    const session: Session = {
      id: randomUUID(),
      userId: opened.userIds[0],
      epoch: 0,
      tokenId: randomUUID(),
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
      methods: "pwd",
      factorAtMs: null,
      ...change,
    };
    await store.insert(session, 100);
    return session;
  };
  const exchangeOf = (session: Session) => ({
    sessionId: session.id,
    fromTokenId: session.tokenId,
    fromEndsAtMs: session.tokenEndsAtMs,
    toTokenId: randomUUID(),
    toEndsAtMs: 12_000,
    atMs: 2_000,
  });

  it("begins only while the user's second factors are of the generation that was looked at", async () => {
    const [userId] = opened.userIds;
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
    const like = await insert();
    const begin = (id: string, ifGeneration: number) =>
      store.insert({ ...like, id, tokenId: id }, 100, { ifGeneration });
    expect(await begin(one, 0)).toBe(true);
    await opened.otherAccounts.change(userId, { values: {}, atMs: 7_000, factors: { remain: true } });
    expect(await begin(two, 0)).toBe(false);
    expect(await store.find(two)).toBeUndefined();
    expect(await begin(three, 7_000)).toBe(true);
  });

  it("finds a session as it was inserted, and none under another id", async () => {
    const session = await insert();
    expect(await store.find(session.id)).toEqual(session);
    expect(await store.find(randomUUID())).toBeUndefined();
  });

  it("begins none for a user who was deleted", async () => {
    const session = await insert({ userId: opened.userIds[1] + 1 });
    expect(await store.find(session.id)).toBeUndefined();
  });

  it("begins none from before the user's epoch, nor writes what depends on it", async () => {
    const told: string[] = [];
    const session = await insert();
    const begin = (epoch: number) =>
      store.insert({ ...session, id: randomUUID(), tokenId: randomUUID(), epoch }, 3, {
        also: onCommit(() => told.push(`epoch ${epoch}`)),
      });
    expect([await begin(session.epoch - 1), await begin(session.epoch)]).toEqual([false, true]);
    expect(told).toEqual([`epoch ${session.epoch}`]);
  });

  it("keeps a limited number of a user's sessions: the active ones, and of these the most recently seen", async () => {
    const [old, ended] = [await insert({ lastSeenAtMs: 1_000 }), await insert({ lastSeenAtMs: 9_000 })];
    const foreign = await insert({ userId: opened.userIds[1], lastSeenAtMs: 1 });
    const young = await insert({ lastSeenAtMs: 5_000 });
    await store.revoke(ended.id, { atMs: 9_500 });
    const begin = async () => {
      const session = { ...young, id: randomUUID(), tokenId: randomUUID(), lastSeenAtMs: 2_000 };
      await store.insert(session, 3);
      return session;
    };
    const third = await begin();
    expect(await store.find(ended.id)).toBeUndefined();
    expect(await store.find(old.id)).toEqual(old);
    await begin();
    expect(await store.find(old.id)).toBeUndefined();
    for (const kept of [third, young, foreign]) expect(await store.find(kept.id)).toEqual(kept);
  });

  it("tells with a new session which active ones had to end for it, and remembers those", async () => {
    const [old, ended] = [await insert({ userAgent: "Old" }), await insert()];
    const young = await insert({ lastSeenAtMs: 5_000 });
    await store.revoke(ended.id, { atMs: 4_000 });
    const told: EndedSession[] = [];
    const evicting = (evicted: readonly EndedSession[]) => {
      told.push(...evicted);
      return NO_CHANGE;
    };
    await store.insert({ ...young, id: randomUUID() }, 2, { evicting });
    expect(told).toEqual([{ id: old.id, endsAtMs: 10_000, userAgent: "Old" }]);
    const remembered = await store.listRevocations({ afterId: "", limit: 5, nowMs: 6_000 });
    expect(remembered.map(({ id }) => id).sort()).toEqual([old.id, ended.id].sort());
  });

  it("lets a new session take the place of the user's contested ones with the same user agent", async () => {
    const [mine, quiet] = [await insert({ userAgent: "Mine" }), await insert({ userAgent: "Mine" })];
    const elsewhere = await insert({ userAgent: "Other" });
    const foreign = await insert({ userAgent: "Mine", userId: opened.userIds[1] });
    const unknown = await insert();
    for (const { id } of [mine, elsewhere, foreign, unknown]) await opened.other.contest(id);
    expect(await store.find(mine.id)).toEqual({ ...mine, contested: true });
    const told: EndedSession[] = [];
    const evicting = (evicted: readonly EndedSession[]) => {
      told.push(...evicted);
      return NO_CHANGE;
    };
    const begin = (userAgent: string | null) =>
      store.insert({ ...quiet, id: randomUUID(), tokenId: randomUUID(), userAgent }, 100, { evicting });
    await begin("Mine");
    expect(told).toEqual([{ id: mine.id, endsAtMs: 10_000, userAgent: "Mine" }]);
    expect(await store.find(mine.id)).toBeUndefined();
    for (const { id } of [quiet, elsewhere, foreign, unknown]) expect(await store.find(id)).toBeDefined();
    // Clients that send none are one client: otherwise a thief's session would survive because of that.
    await begin(null);
    expect(told.map(({ id }) => id)).toEqual([mine.id, unknown.id]);
    for (const { id } of [quiet, elsewhere, foreign]) expect(await store.find(id)).toBeDefined();
  });

  describe("sessions that begin at once in two processes", () => {
    const beginMany = (perUser: number, beginning?: Beginning) => {
      const session = {
        userId: opened.userIds[0],
        epoch: 0,
        tokenEndsAtMs: 10_000,
        createdAtMs: 1_000,
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
      return Array.from({ length: 24 }, async (_, i) => {
        const [id, tokenId] = [randomUUID(), randomUUID()];
        const begun = { ...session, id, tokenId, lastSeenAtMs: 1_000 + i };
        return { id, hasBegun: await (i % 2 ? store : opened.other).insert(begun, perUser, beginning) };
      });
    };
    const owner = (sessionEpoch = 0) => ({ id: opened.userIds[0], sessionEpoch, disabled: false });

    it("are never more than the limit, and each that had to end is told and remembered once", async () => {
      const told: string[] = [];
      const evicting = (ended: readonly EndedSession[]) =>
        onCommit(() => told.push(...ended.map(({ id }) => id)));
      const begun = await Promise.all(beginMany(5, { evicting }));
      expect(begun.every(({ hasBegun }) => hasBegun)).toBe(true);
      const left = (await store.listOf(owner(), 5_000)).map(({ id }) => id);
      expect(left).toHaveLength(5);
      expect([...left, ...told].sort()).toEqual(begun.map(({ id }) => id).sort());
      const remembered = await store.listRevocations({ afterId: "", limit: 99, nowMs: 6_000 });
      expect(remembered.map(({ id }) => id)).toEqual(told.sort());
    });

    it("begin, or do not, while their user is deleted: none fails, and none is left", async () => {
      const [deleted, ...begun] = await Promise.all([opened.otherAccounts.delete("a"), ...beginMany(100)]);
      expect(deleted).toBe("deleted");
      for (const { id } of begun) expect(await store.find(id)).toBeUndefined();
      expect(await store.listOf(owner(), 5_000)).toEqual([]);
    });

    it("are over if they began before the user's new epoch, and otherwise begin none", async () => {
      const [changed, ...begun] = await Promise.all([
        opened.otherAccounts.change(
          opened.userIds[0],
          { values: {}, atMs: 3_000, endsSessions: true },
          ({ after }) =>
            opened.other.revocationOf(opened.userIds[0], { atMs: 3_000, newEpoch: after.sessionEpoch }),
        ),
        ...beginMany(100),
      ]);
      expect(changed).toMatchObject({ changed: { sessionEpoch: 1 } });
      for (const { id, hasBegun } of begun) {
        const found = await store.find(id);
        if (hasBegun) expect(found).toMatchObject({ revokedAtMs: 3_000 });
        else expect(found).toBeUndefined();
      }
    });
  });

  it("lists a user's active sessions, most recently seen first", async () => {
    const [first, second] = [await insert({ lastSeenAtMs: 3_000 }), await insert({ lastSeenAtMs: 4_000 })];
    await insert({ userId: opened.userIds[1] });
    await insert({ epoch: 1 });
    await insert({ expiresAtMs: 5_000 });
    await insert({ tokenEndsAtMs: 5_000 });
    await store.revoke((await insert()).id, { atMs: 4_500 });
    expect(await store.listOf({ id: opened.userIds[0], sessionEpoch: 0, disabled: false }, 5_000)).toEqual([
      second,
      first,
    ]);
  });

  it("records when sessions were last seen, and never moves that back", async () => {
    const [a, b] = [await insert(), await insert({ lastSeenAtMs: 7_000 })];
    const seen = [a, b].map(({ id }) => ({ id, atMs: 6_000 }));
    await opened.other.see([...seen, { id: randomUUID(), atMs: 6_000 }]);
    expect(await store.find(a.id)).toEqual({ ...a, lastSeenAtMs: 6_000 });
    expect(await store.find(b.id)).toEqual(b);
  });

  it("records that the password was entered, but not in a session that is over", async () => {
    const session = await insert();
    expect(await store.confirm(session.id, 6_000)).toBe(true);
    expect(await store.find(session.id)).toEqual({ ...session, confirmedAtMs: 6_000 });
    await store.revoke(session.id, { atMs: 6_500 });
    expect(await store.confirm(session.id, 7_000)).toBe(false);
    expect(await store.confirm(randomUUID(), 7_000)).toBe(false);
  });

  it("records that a session was treated as stolen", async () => {
    const session = await insert();
    await store.revoke(session.id, { atMs: 6_000, stolen: true });
    expect(await store.find(session.id)).toEqual({ ...session, revokedAtMs: 6_000, stolen: true });
  });

  describe("exchange", () => {
    it("lets exactly one of many concurrent exchanges win, from two processes", async () => {
      const session = await insert();
      const exchanges = Array.from({ length: 50 }, () => exchangeOf(session));
      const won = await Promise.all(
        exchanges.map((each, i) => (i % 2 ? store : opened.other).exchange(each)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      const winner = exchanges[won.indexOf(true)];
      expect(await store.find(session.id)).toMatchObject({
        tokenId: winner?.toTokenId,
        tokenEndsAtMs: 12_000,
        lastSeenAtMs: 2_000,
      });
    });

    it("remembers the winner's successor for every loser, as soon as it has lost", async () => {
      const session = await insert();
      const run = async (i: number) => {
        const by = i % 2 ? store : opened.other;
        const exchange = exchangeOf(session);
        const won = await by.exchange({ ...exchange, keyHash: "hash", sealedSuccessor: exchange.toTokenId });
        const remembered = await by.findExchanged(session.tokenId);
        return { won, exchange, successor: remembered?.sealedSuccessor };
      };
      const runs = await Promise.all(Array.from({ length: 40 }, (_, i) => run(i)));
      const winner = runs.find(({ won }) => won)?.exchange.toTokenId;
      expect(new Set(runs.map(({ successor }) => successor))).toEqual(new Set([winner]));
      expect(await store.find(session.id)).toMatchObject({ tokenId: winner, keyed: true });
    });

    it("leaves no session alive that was revoked by another process at the same time", async () => {
      const sessions = await Promise.all(Array.from({ length: 40 }, () => insert()));
      await Promise.all(
        sessions.flatMap((session) => [
          store.exchange(exchangeOf(session)),
          opened.other.revoke(session.id, { atMs: 3_000 }),
        ]),
      );
      for (const { id } of sessions) expect(await store.find(id)).toMatchObject({ revokedAtMs: 3_000 });
    });

    it("remembers the successor of an exchanged token, and that a key was used", async () => {
      const session = await insert();
      await store.exchange({ ...exchangeOf(session), keyHash: "hash", sealedSuccessor: "sealed" });
      expect(await store.findExchanged(session.tokenId)).toEqual({
        atMs: 2_000,
        keyHash: "hash",
        sealedSuccessor: "sealed",
      });
      expect(await store.find(session.id)).toMatchObject({ keyed: true });
      expect(await store.findExchanged(randomUUID())).toBeUndefined();
    });

    it("keeps a session marked as keyed when it is later exchanged without a key", async () => {
      const session = await insert();
      const first = { ...exchangeOf(session), keyHash: "hash", sealedSuccessor: "sealed" };
      await store.exchange(first);
      await store.exchange({ ...exchangeOf(session), fromTokenId: first.toTokenId });
      expect(await store.find(session.id)).toMatchObject({ keyed: true });
    });

    it("never exchanges a token of a revoked session", async () => {
      const session = await insert();
      await store.revoke(session.id, { atMs: 1_500 });
      expect(await store.exchange(exchangeOf(session))).toBe(false);
    });
  });

  describe("revoke", () => {
    it("revokes once, and says until when that must be remembered", async () => {
      const session = await insert();
      expect(await store.revoke(session.id, { atMs: 3_000, tokenId: session.tokenId })).toEqual({
        id: session.id,
        endsAtMs: 10_000,
        userAgent: null,
      });
      expect(await store.revoke(session.id, { atMs: 4_000 })).toBeUndefined();
      expect(await store.find(session.id)).toMatchObject({ revokedAtMs: 3_000 });
    });

    it("revokes nothing by a token that is not the session's valid one", async () => {
      const session = await insert();
      expect(await store.revoke(session.id, { atMs: 3_000, tokenId: randomUUID() })).toBeUndefined();
      expect(await store.find(session.id)).toMatchObject({ revokedAtMs: null });
    });

    it("revokes nothing of another user's", async () => {
      const { id, userId } = await insert();
      expect(await store.revoke(id, { atMs: 3_000, userId: opened.userIds[1] })).toBeUndefined();
      expect(await store.revoke(id, { atMs: 3_000, userId })).toMatchObject({ id });
    });

    it("shows a revocation by another process in the next reading", async () => {
      const session = await insert();
      expect(await store.find(session.id)).toMatchObject({ revokedAtMs: null });
      await opened.other.revoke(session.id, { atMs: 3_000 });
      expect(await store.find(session.id)).toMatchObject({ revokedAtMs: 3_000 });
    });

    it("revokes a user's earlier sessions except one, which it carries over", async () => {
      const [kept, ended] = [await insert(), await insert()];
      const later = await insert({ epoch: 1 });
      const foreign = await insert({ userId: opened.userIds[1] });
      const revoked = await store.revokeAll(opened.userIds[0], { atMs: 5_000, newEpoch: 1, keepId: kept.id });
      expect(revoked).toEqual([{ id: ended.id, endsAtMs: 10_000, userAgent: null }]);
      expect(await store.find(kept.id)).toMatchObject({ revokedAtMs: null, epoch: 1 });
      expect(await store.find(ended.id)).toMatchObject({ revokedAtMs: 5_000 });
      expect(await store.find(later.id)).toMatchObject({ revokedAtMs: null });
      expect(await store.find(foreign.id)).toMatchObject({ revokedAtMs: null, epoch: 0 });
    });

    it("revokes all of a user's sessions, or all but one", async () => {
      const [kept, ended] = [await insert(), await insert()];
      const foreign = await insert({ userId: opened.userIds[1] });
      const revoked = await store.revokeAll(opened.userIds[0], { atMs: 5_000, keepId: kept.id });
      expect(revoked).toEqual([{ id: ended.id, endsAtMs: 10_000, userAgent: null }]);
      expect(await store.find(kept.id)).toEqual(kept);
      expect(await store.revokeAll(opened.userIds[0], { atMs: 6_000 })).toMatchObject([{ id: kept.id }]);
      expect(await store.find(foreign.id)).toEqual(foreign);
    });

    it("revokes a user's sessions with another change, and shows it in the next reading", async () => {
      const [kept, ended] = [await insert(), await insert()];
      for (const { id } of [kept, ended]) await store.find(id);
      const which = { atMs: 5_000, newEpoch: 1, keepId: kept.id };
      const told: EndedSession[] = [];
      const change = store.revocationOf(opened.userIds[0], which, (revoked) => {
        told.push(...revoked);
        return NO_CHANGE;
      });
      await opened.commit(change);
      expect(told).toEqual([{ id: ended.id, endsAtMs: 10_000, userAgent: null }]);
      expect(await store.find(kept.id)).toEqual({ ...kept, epoch: 1 });
      expect(await store.find(ended.id)).toEqual({ ...ended, revokedAtMs: 5_000 });
      expect(await store.listRevocations({ afterId: "", limit: 5, nowMs: 6_000 })).toEqual([
        { id: ended.id, endsAtMs: 10_000 },
      ]);
    });

    it("does not carry over another user's session", async () => {
      const foreign = await insert({ userId: opened.userIds[1] });
      await store.revokeAll(opened.userIds[0], { atMs: 5_000, newEpoch: 1, keepId: foreign.id });
      expect(await store.find(foreign.id)).toMatchObject({ epoch: 0, revokedAtMs: null });
    });
  });

  it("lists every revoked id that has not expired, page by page", async () => {
    const [exchanged, revoked] = [await insert(), await insert()];
    await insert();
    await store.exchange(exchangeOf(exchanged));
    await store.revoke(revoked.id, { atMs: 3_000 });
    const ids = [exchanged.tokenId, revoked.id].sort();
    const first = await store.listRevocations({ afterId: "", limit: 1, nowMs: 5_000 });
    const second = await store.listRevocations({ afterId: first[0]?.id ?? "", limit: 5, nowMs: 5_000 });
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids);
    expect(await store.listRevocations({ afterId: "", limit: 5, nowMs: 10_000 })).toEqual([]);
  });

  it("deletes what has expired and nothing else, a bounded number at a time", async () => {
    const over = [await insert({ tokenEndsAtMs: 4_000 }), await insert({ tokenEndsAtMs: 4_000 })];
    const alive = await insert();
    await store.revoke(over[0]?.id ?? "", { atMs: 3_000 });
    const told: ExpiredSession[] = [];
    const at = { nowMs: 4_000, latestEndMs: 100_000 };
    const also = (expired: readonly ExpiredSession[]) => {
      told.push(...expired);
      return NO_CHANGE;
    };
    expect(await store.deleteOver({ ...at, limit: 1 }, also)).toBe(2);
    expect(await store.deleteOver({ ...at, limit: 10 }, also)).toBe(1);
    expect(told).toMatchObject([{ id: over[1]?.id, endsAtMs: 4_000, subject: expect.any(String) }]);
    expect(await store.deleteOver({ ...at, limit: 10 })).toBe(0);
    expect(await store.find(alive.id)).toEqual(alive);
  });

  it("deletes sessions whose token is from the future, which would come back to life", async () => {
    const id = (ms: number) => timeOrderedId(ms);
    const far = { tokenEndsAtMs: 900_000 };
    const kept = [await insert({ ...far, tokenId: id(63_999) }), await insert({ tokenId: id(500_000) })];
    const over = await insert({ ...far, tokenId: id(64_000) });
    expect(await store.deleteOver({ nowMs: 4_000, latestEndMs: 100_000, limit: 10 })).toBe(1);
    expect(await store.find(over.id)).toBeUndefined();
    for (const session of kept) expect(await store.find(session.id)).toEqual(session);
  });

  it("records that a second factor was given and by which methods, but not in a session that is over", async () => {
    const session = await insert();
    expect(await store.confirm(session.id, 6_000, ["otp"])).toBe(true);
    const given = { ...session, confirmedAtMs: 6_000, factorAtMs: 6_000, methods: "pwd otp" };
    expect(await store.find(session.id)).toEqual(given);
    expect(await opened.other.confirm(session.id, 7_000, ["otp", "eml"])).toBe(true);
    await expect
      .poll(() => store.find(session.id))
      .toEqual({ ...given, confirmedAtMs: 7_000, factorAtMs: 7_000, methods: "pwd otp eml" });
    await store.revoke(session.id, { atMs: 7_500 });
    expect(await store.confirm(session.id, 8_000, ["otp"])).toBe(false);
  });

  it("takes a second factor from the future for one that was never given", async () => {
    const [ahead, near] = [
      await insert({ factorAtMs: 900_000, methods: "pwd otp" }),
      await insert({ factorAtMs: 66_000, methods: "pwd otp" }),
    ];
    await store.see([ahead, near].map(({ id }) => ({ id, atMs: 6_000 })));
    expect(await store.find(ahead.id)).toMatchObject({ factorAtMs: null, methods: "pwd otp" });
    expect(await store.find(near.id)).toMatchObject({ factorAtMs: 66_000 });
  });

  it("corrects times from the future when a session is seen, and when its token is exchanged", async () => {
    const ahead = { lastSeenAtMs: 900_000, confirmedAtMs: 900_000 };
    const [seen, exchanged, near] = [
      await insert(ahead),
      await insert(ahead),
      await insert({ lastSeenAtMs: 60_000 }),
    ];
    await store.see([seen, near].map(({ id }) => ({ id, atMs: 6_000 })));
    expect(await store.find(seen.id)).toEqual({ ...seen, lastSeenAtMs: 6_000, confirmedAtMs: 0 });
    expect(await store.find(near.id)).toEqual(near);
    await store.exchange({ ...exchangeOf(exchanged), atMs: 6_000 });
    expect(await store.find(exchanged.id)).toMatchObject({ lastSeenAtMs: 6_000 });
  });

  it("ends sessions from the future first where a user has too many", async () => {
    const real = await insert({ createdAtMs: 1_000, lastSeenAtMs: 1_000 });
    const ahead = await insert({ createdAtMs: 900_000, lastSeenAtMs: 900_000 });
    const next = { ...real, id: randomUUID(), tokenId: randomUUID(), createdAtMs: 2_000 };
    await store.insert(next, 2);
    expect(await store.find(ahead.id)).toBeUndefined();
    expect(await store.find(real.id)).toEqual(real);
  });
}
