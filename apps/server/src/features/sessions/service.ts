import { tokenErrors } from "@latchkey/contracts/errors/account";
import { sessionErrors } from "@latchkey/contracts/errors/session";
import type { ErrorDefinition } from "@latchkey/contracts/kit/errors";
import type { Change, ChangeOf } from "../../database/change.js";
import { AppError } from "../../error.js";
import { timeOrderedId } from "../../world/id.js";
import type { Account, Newcomer } from "../accounts/service.js";
import { type Issued, isLive, issued, nextClaims, tokenEndMs } from "./lifetimes.js";
import { createRefresh, type RefreshDeps } from "./refresh.js";
import type { Session } from "./store.js";

export { describeDevice, describeSession } from "./describe.js";
export type { Issued } from "./lifetimes.js";
export type { Session } from "./store.js";

/** Who calls: an enabled account, through a live session. */
export interface Caller {
  readonly account: Account;
  readonly session: Session;
}

/** From where somebody signs in. */
export interface SignInPlace {
  /** The network address in its one spelling. */
  address(): string;
  /** What the client calls itself. */
  userAgent(): string | undefined;
}

/** What tokens stand for: one session each, of which exactly one token is alive at a time. */
export interface Sessions {
  /**
   * Begins a session of somebody who has just given the password; `lifetime` names the surface whose access lifetime its
   * first token gets. Ends the session that was seen the longest ago where an account has too many.
   */
  start(account: Account, lifetime: SignInLifetime, place: SignInPlace, also?: Change): Promise<Issued>;
  /** The same for an account that is yet to be inserted: its first session begins with it. */
  prepare(newcomer: Newcomer, lifetime: SignInLifetime, place: SignInPlace): Promise<Prepared>;
  /** Raises `TOKEN_MISSING`, `TOKEN_EXPIRED`, `TOKEN_INVALID`, `UNAVAILABLE`. */
  authenticate(token: string | undefined): Promise<Caller>;
  uuidOf(caller: Caller): string;
  isAdmin(caller: Caller): boolean;
  /** Whether the caller gave the password within the last 10 minutes. */
  isRecent(caller: Caller): boolean;
  /** The caller whose live token this is; `undefined` where `authenticate` would raise an error about the token. */
  recognise(token: string | undefined): Promise<Caller | undefined>;
  /**
   * Exchanges a token for its successor. Raises `TOKEN_MISSING`, `TOKEN_INVALID`, `REFRESH_REJECTED`,
   * `SESSION_STOLEN`, `UNAVAILABLE`.
   */
  refresh(token: string | undefined, idempotencyKey?: string): Promise<Issued>;
  /** The live sessions of an account, those that were seen last first. */
  listOf(account: Account): Promise<readonly Session[]>;
  /** Notes that the caller gave the password just now; resolves to when. Raises `TOKEN_INVALID`, `UNAVAILABLE`. */
  confirm(caller: Caller): Promise<number>;
  /** Ends the caller's session. Raises `TOKEN_INVALID` when somebody was first. */
  end(caller: Caller, also?: Change): Promise<void>;
  /**
   * Ends one session of an account, and a link to another address, which it may have asked for. Raises
   * `SESSION_NOT_FOUND`, also where it is somebody else's.
   */
  endOf(account: Account, id: string, also?: Change): Promise<void>;
  /** The same for all sessions of an account but for the one to be kept; resolves to how many. */
  endAll(account: Account, keep?: Session, also?: ChangeOf<number>): Promise<number>;
  /**
   * Notes that the sessions before the account's present epoch are over, but for one that is carried over into it.
   * They have been dead since the epoch changed: this puts them on the blacklist.
   */
  endEarlier(account: Account, keep?: Session): Promise<void>;
  /** Writes down when sessions were last seen, before its time. */
  flushSeen(): Promise<void>;
  /** Deletes a bounded number of sessions and revocations that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

type Bearer = Pick<Account, "uuid" | "username" | "role" | "sessionEpoch">;

/** Whose access lifetime a session's first token gets. */
type SignInLifetime = "accessMs" | "authMs";

/** A session that begins when its account is there, and its first token. */
export interface Prepared {
  readonly issued: Issued;
  readonly begins: ChangeOf<Account>;
}

const ROWS_PER_CLEANING = 1000;
/** How long a password that was given lets its session do what asks for one. */
const RECENT_MS = 10 * 60 * 1000;

export interface SessionDeps extends RefreshDeps {
  /** How many sessions an account may have at a time. */
  readonly perUser: number;
}

export function createSessions(deps: SessionDeps): Sessions {
  const { store, seen, perUser, blacklist, accounts, tokens, secrets, clock, lifetimes, countEvent } = deps;

  /** Revocation is asked for each time: only the check of the signature is ever remembered. */
  const identify = async (token: string | undefined): Promise<Caller | ErrorDefinition> => {
    if (token === undefined) return tokenErrors.TOKEN_MISSING;
    const claims = await tokens.verify(token);
    if (claims === undefined) return tokenErrors.TOKEN_INVALID;
    if (claims.exp * 1000 <= clock.nowMs()) return tokenErrors.TOKEN_EXPIRED;
    if (blacklist !== undefined && (await blacklist.includes([claims.sid, claims.jti]))) {
      return tokenErrors.TOKEN_INVALID;
    }
    const session = await store.find(claims.sid);
    const account = await accounts.findByUuid(claims.sub);
    if (session === undefined || account === undefined || session.tokenId !== claims.jti) {
      return tokenErrors.TOKEN_INVALID;
    }
    const nowMs = clock.nowMs();
    if (!isLive(session, account, nowMs) || seen.isIdle(session, nowMs)) return tokenErrors.TOKEN_INVALID;
    seen.note(session, nowMs);
    return { account, session };
  };

  const revokeAll = async (...change: Parameters<typeof store.revokeAll>) => {
    const revoked = await store.revokeAll(...change);
    countEvent("revoked", revoked.length);
    await blacklist?.add(revoked);
    return revoked.length;
  };

  /** A session and its first token; the user is named when it begins. */
  const draft = async (account: Bearer, lifetime: SignInLifetime, place: SignInPlace) => {
    const nowMs = clock.nowMs();
    const expiresAtMs = nowMs + lifetimes.sessionMs;
    const session = { id: timeOrderedId(nowMs), expiresAtMs };
    const claims = nextClaims(account, session, { nowMs, lifetimeMs: lifetimes[lifetime] });
    const token = await tokens.sign(claims);
    const begun: Omit<Session, "userId"> = {
      ...session,
      // The epoch under which the password was checked: was it changed meanwhile, the session is born dead.
      epoch: account.sessionEpoch,
      tokenId: claims.jti,
      tokenEndsAtMs: tokenEndMs(claims, lifetimes),
      createdAtMs: nowMs,
      lastSeenAtMs: nowMs,
      confirmedAtMs: nowMs,
      userAgent: place.userAgent() ?? null,
      address: place.address(),
      keyed: false,
      revokedAtMs: null,
      stolen: false,
    };
    return { begun, issued: issued(token, claims) };
  };

  return {
    refresh: createRefresh(deps),

    async start(account, lifetime, place, also) {
      const { begun, issued } = await draft(account, lifetime, place);
      await store.insert({ ...begun, userId: account.id }, perUser, also);
      return issued;
    },

    async prepare(newcomer, lifetime, place) {
      const { begun, issued } = await draft(newcomer, lifetime, place);
      return { issued, begins: ({ id }) => store.insertion({ ...begun, userId: id }, perUser) };
    },

    async authenticate(token) {
      const found = await identify(token);
      if ("code" in found) throw new AppError(found);
      return found;
    },

    uuidOf: ({ account }) => account.uuid,
    isAdmin: ({ account }) => account.role === "admin",
    isRecent: ({ session }) => clock.nowMs() - session.confirmedAtMs < RECENT_MS,

    async recognise(token) {
      const found = await identify(token);
      return "code" in found ? undefined : found;
    },

    async listOf(account) {
      const nowMs = clock.nowMs();
      const listed = await store.listOf(account.id, { epoch: account.sessionEpoch, nowMs });
      return listed
        .filter((session) => !seen.isIdle(session, nowMs))
        .map((session) => ({ ...session, lastSeenAtMs: seen.lastAtMs(session) }))
        .sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs);
    },

    async confirm({ session }) {
      const nowMs = clock.nowMs();
      if (!(await store.confirm(session.id, nowMs))) throw new AppError(tokenErrors.TOKEN_INVALID);
      return nowMs;
    },

    async endOf(account, id, also) {
      const revoked = await store.revoke(id, { atMs: clock.nowMs(), userId: account.id }, also);
      if (revoked === undefined) throw new AppError(sessionErrors.SESSION_NOT_FOUND);
      countEvent("revoked");
      await Promise.all([blacklist?.add([revoked]), secrets.end(account, "emailChange")]);
    },

    async endAll(account, keep, also) {
      const change = { atMs: clock.nowMs(), keepId: keep?.id };
      const ended = await revokeAll(account.id, change, also && (({ length }) => also(length)));
      await secrets.end(account, "emailChange");
      return ended;
    },

    async end({ session }, also) {
      const change = { atMs: clock.nowMs(), tokenId: session.tokenId };
      const revoked = await store.revoke(session.id, change, also);
      if (revoked === undefined) throw new AppError(tokenErrors.TOKEN_INVALID);
      await blacklist?.add([revoked]);
    },

    async endEarlier(account, keep) {
      const change = { atMs: clock.nowMs(), newEpoch: account.sessionEpoch, keepId: keep?.id };
      await revokeAll(account.id, change);
    },

    flushSeen: seen.flush,
    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}
