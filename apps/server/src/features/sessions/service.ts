import { tokenErrors } from "@latchkey/contracts/errors/account";
import { sessionErrors } from "@latchkey/contracts/errors/session";
import type { ErrorDefinition } from "@latchkey/contracts/kit/errors";
import { type Cause, HOUSEKEEPING, unaudited } from "../../cause.js";
import { type Change, type ChangeOf, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import { both } from "../../world/awaitable.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import type { Account, Endings } from "../accounts/service.js";
import type { Claims } from "../tokens/service.js";
import type { Issued } from "./lifetimes.js";
import { createRefresh, type RefreshDeps } from "./refresh.js";
import { isConfirmed, isExchangeable, isLive, judgeReuse } from "./rules.js";
import { createSessionStarts, type SessionStarts, type StartDeps } from "./starts.js";
import type { EndedSession, ExpiredSession, Session } from "./store.js";

export { describeSession, nameDevice } from "./describe.js";
export type { Issued } from "./lifetimes.js";
export { isTwoFactors } from "./rules.js";
export { type SessionEndReason, sessionStarted, sessionsEnded } from "./session-events.js";
export type { SessionPlace, SessionStarts, SignInLifetime } from "./starts.js";
export type { Session } from "./store.js";
export { parseUserAgent } from "./user-agent.js";

/** An enabled account and a live session of it. */
export interface LiveSession {
  readonly account: Account;
  readonly session: Session;
}

/**
 * The sessions that tokens belong to. Each token belongs to one session, which has exactly one live token at
 * a time.
 */
export interface Sessions {
  /**
   * The session and the account of a token. To end the session, an expired token is accepted as long as it
   * could still be exchanged, or its exchange repeated without a key. Raises `TOKEN_MISSING`,
   * `TOKEN_EXPIRED`, `TOKEN_INVALID`, `UNAVAILABLE`.
   */
  authenticate(token: string | undefined, purpose?: "to end the session"): Promise<LiveSession>;
  /** The same; `undefined` if `authenticate` would raise an error about the token. */
  recognise(token: string | undefined): Promise<LiveSession | undefined>;
  /** Whether a session of the account can still be continued. */
  isAlive(account: Account, id: string): Promise<boolean>;
  /**
   * Whether the owner gave a second factor within the last 10 minutes or, if the account has none, the password or
   * whatever they signed in with.
   */
  isRecent(live: LiveSession): boolean;
  /**
   * Exchanges a token for its successor. Raises `TOKEN_MISSING`, `TOKEN_INVALID`, `REFRESH_REJECTED`,
   * `SESSION_STOLEN`, `UNAVAILABLE`.
   */
  refresh(token: string | undefined, idempotencyKey: string | undefined, cause: Cause): Promise<Issued>;
  /** The live sessions of an account, the most recently seen first. */
  listOf(account: Account): Promise<readonly Session[]>;
  /**
   * Notes that the owner gave the password in it just now or, with its methods, a second factor; resolves to the time.
   * Raises `TOKEN_INVALID`, `UNAVAILABLE`.
   */
  confirm(session: Pick<Session, "id">, factor?: readonly string[]): Promise<number>;
  /**
   * Notes that the owner gave a second factor in it; to be committed with what was spent for it. Refuses that
   * (`ChangeRefused`) if the session is over.
   */
  factorGiven(session: Pick<Session, "id">, methods: readonly string[]): Change;
  /** Ends a session at its own request. Raises `TOKEN_INVALID` if another call was first. */
  end(ended: LiveSession, cause: Cause): Promise<void>;
  /**
   * Ends one session of an account from another one. Raises `SESSION_NOT_FOUND`, also if it is another
   * account's.
   */
  endOf(account: Account, id: string, cause: Cause): Promise<void>;
  /** The same for all sessions of an account except the one to keep; resolves to how many. */
  endAll(account: Account, cause: Cause, keep?: Pick<Session, "id">): Promise<number>;
  /** Writes early when sessions were last seen. */
  flushSeen(): Promise<void>;
  /** Deletes a bounded number of expired sessions and revocations; resolves to how many. */
  deleteOver(): Promise<number>;
}

const ROWS_PER_CLEANING = 1000;

export interface SessionDeps extends RefreshDeps, StartDeps {
  readonly endings: Pick<Endings, "add">;
}

export interface SessionServices {
  readonly sessions: Sessions;
  /** For admission alone. */
  readonly starts: SessionStarts;
}

export function createSessions(deps: SessionDeps): SessionServices {
  const { store, seen, blacklist, accounts, tokens, ends, endings, clock, lifetimes } = deps;

  /** Revocation is checked each time: only the verified signature is ever cached. */
  const identify = async (
    token: string | undefined,
    purpose?: "to end the session",
  ): Promise<LiveSession | ErrorDefinition> => {
    if (token === undefined) return tokenErrors.TOKEN_MISSING;
    const verified = tokens.verify(token);
    const claims = verified instanceof Promise ? await verified : verified;
    if (claims === undefined) return tokenErrors.TOKEN_INVALID;
    const isOver = claims.exp * 1000 <= clock.nowMs();
    if (isOver && purpose === undefined) return tokenErrors.TOKEN_EXPIRED;
    const refusal = isOver ? tokenErrors.TOKEN_EXPIRED : tokenErrors.TOKEN_INVALID;
    if (isOver && !isExchangeable(claims, lifetimes.refreshWindowMs, clock.nowMs())) return refusal;
    if (blacklist !== undefined) {
      const dead = isOver ? [claims.sid] : [claims.sid, claims.jti];
      if (await blacklist.includes(dead)) return refusal;
    }
    const asked = both(store.find(claims.sid), accounts.findByUuid(claims.sub));
    const [session, account] = asked instanceof Promise ? await asked : asked;
    if (session === undefined || account === undefined) return refusal;
    const nowMs = clock.nowMs();
    if (!isLive(session, account, nowMs) || seen.isIdle(session, nowMs)) return refusal;
    if (session.tokenId !== claims.jti) {
      // Another tab has just exchanged it: it could still get the successor, which may end the session.
      if (!isOver || !(await isRepeatable(session, claims, nowMs))) return refusal;
    }
    seen.note(session, nowMs);
    return { account, session };
  };

  const isRepeatable = async (session: Session, { jti }: Claims, nowMs: number) => {
    const exchanged = await store.findExchanged(jti);
    const key = exchanged?.keyHash === null ? "none" : "another";
    return (
      exchanged !== undefined && judgeReuse(exchanged, session, { ...deps.reuse, key, nowMs }) === "repeat"
    );
  };

  // Sessions from before the account's new epoch are over, except for one that is carried over into it. With
  // the account all of them are.
  endings.add((account, { because: reason, cause, atMs, keepSession }) => {
    const { also, settle } = ends({ reason, cause: unaudited(cause), subject: account.uuid, account });
    const newEpoch = reason === "account changed" ? { newEpoch: account.sessionEpoch } : {};
    const change = store.revocationOf(account.id, { atMs, ...newEpoch, keepId: keepSession }, also);
    return { change, settle };
  });

  /** When a session's time is over, nothing is reported until it is deleted: that is when it ends. */
  const endExpired: ChangeOf<readonly ExpiredSession[]> = (expired) => {
    const endOf = (subject: string) =>
      ends({ reason: "expired", cause: HOUSEKEEPING, subject }).also(
        expired.filter((session) => session.subject === subject),
      );
    return together(...[...new Set(expired.map(({ subject }) => subject))].map(endOf));
  };

  const sessions: Sessions = {
    refresh: createRefresh(deps),

    async authenticate(...presented) {
      const found = await identify(...presented);
      if ("code" in found) throw new AppError(found);
      return found;
    },

    async recognise(token) {
      const found = await identify(token);
      return "code" in found ? undefined : found;
    },

    async isAlive(account, id) {
      const session = await store.find(id);
      const nowMs = clock.nowMs();
      return session !== undefined && isLive(session, account, nowMs) && !seen.isIdle(session, nowMs);
    },

    isRecent: ({ account, session }) => isConfirmed(session, account, clock.nowMs()),

    async listOf(account) {
      const nowMs = clock.nowMs();
      const listed = await store.listOf(account, nowMs);
      return listed
        .filter((session) => !seen.isIdle(session, nowMs))
        .map((session) => ({ ...session, lastSeenAtMs: seen.lastAtMs(session, nowMs) }))
        .sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs);
    },

    async confirm({ id }, factor) {
      const nowMs = clock.nowMs();
      if (!(await store.confirm(id, nowMs, factor))) throw new AppError(tokenErrors.TOKEN_INVALID);
      return nowMs;
    },

    factorGiven: ({ id }, methods) => store.factorGiven(id, { atMs: clock.nowMs(), methods }),

    async end({ account, session }, cause) {
      const end = ends({ reason: "signed out", cause, subject: account.uuid, account });
      // Whatever its token is by now: of a sign-out and an exchange at once, the sign-out wins.
      const at = { atMs: clock.nowMs() };
      const revoked = await store.revoke(session.id, at, (ended) => end.also([ended]));
      if (revoked === undefined) throw new AppError(tokenErrors.TOKEN_INVALID);
      await end.settle();
    },

    async endOf(account, id, cause) {
      const end = ends({ reason: "ended", cause, subject: account.uuid, account });
      const at = { atMs: clock.nowMs(), userId: account.id };
      const revoked = await store.revoke(id, at, (ended) => end.also([ended]));
      if (revoked === undefined) throw new AppError(sessionErrors.SESSION_NOT_FOUND);
      await end.settle();
    },

    async endAll(account, cause, keep) {
      const change = { atMs: clock.nowMs(), keepId: keep?.id };
      const details = ({ length: count }: readonly EndedSession[]) => ({ count });
      const end = ends({ reason: "ended", cause, subject: account.uuid, account, details });
      const revoked = await store.revokeAll(account.id, change, end.also);
      await end.settle();
      return revoked.length;
    },

    flushSeen: seen.flush,
    deleteOver() {
      const nowMs = clock.nowMs();
      const { accessMs, authMs, refreshWindowMs } = lifetimes;
      const latestEndMs = nowMs + Math.max(accessMs, authMs, refreshWindowMs) + CLOCK_TOLERANCE_MS;
      return store.deleteOver({ nowMs, latestEndMs, limit: ROWS_PER_CLEANING }, endExpired);
    },
  };
  return { sessions, starts: createSessionStarts(deps) };
}
