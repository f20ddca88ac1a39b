import { tokenErrors } from "@latchkey/contracts/errors/account";
import type { ErrorDefinition } from "@latchkey/contracts/kit/errors";
import { type Cause, unaudited } from "../../cause.js";
import { AppError } from "../../error.js";
import { both } from "../../world/awaitable.js";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Claims, Tokens } from "../tokens/service.js";
import type { Blacklist } from "./blacklist.js";
import type { CountEvent } from "./count.js";
import type { SessionEnds } from "./ends.js";
import { type Issued, issued, type Lifetimes, nextClaims } from "./lifetimes.js";
import { isExchangeable, isLive, judgeReuse, tokenEndMs } from "./rules.js";
import type { SeenSessions } from "./seen.js";
import type { Exchanged, Session, SessionStore } from "./store.js";
import { hashIdempotencyKey, openSuccessor, type Successor, sealSuccessor } from "./successor.js";

export interface RefreshDeps {
  readonly store: SessionStore;
  readonly seen: SeenSessions;
  readonly blacklist: Blacklist | undefined;
  readonly accounts: Pick<Accounts, "findByUuid">;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
  readonly countEvent: CountEvent;
  readonly ends: SessionEnds;
  readonly lifetimes: Lifetimes;
  /** What happens if an exchanged token is presented again. */
  readonly reuse: {
    /** How long its exchange may be repeated in sessions that have never used idempotency keys. */
    readonly graceMs: number;
    /** Whether it ends its session later even if no idempotency keys are used. */
    readonly strict: boolean;
  };
}

/**
 * Refresh with rotation (RFC 9700 4.14.2): a token is exchanged once. A caller who repeats the exchange with
 * the same idempotency key gets the same successor; one who presents the token later without it is considered
 * a thief. Clients that know no keys may repeat it for some seconds. A thief who exchanges the token first is
 * found out when its owner presents it: later the session ends at once, within seconds, which may be a race
 * between the owner's own requests, when the owner signs in again.
 */
export function createRefresh(deps: RefreshDeps) {
  const { store, seen, blacklist, accounts, tokens, clock, lifetimes, log, countEvent, ends } = deps;
  const { graceMs, strict } = deps.reuse;

  return async function refresh(
    token: string | undefined,
    idempotencyKey: string | undefined,
    cause: Cause,
  ): Promise<Issued> {
    if (token === undefined) throw new AppError(tokenErrors.TOKEN_MISSING);
    const verified = tokens.verify(token);
    const claims = verified instanceof Promise ? await verified : verified;
    if (claims === undefined) throw over(tokenErrors.TOKEN_INVALID);
    const asked = both(store.find(claims.sid), accounts.findByUuid(claims.sub));
    const [found, account] = asked instanceof Promise ? await asked : asked;
    if (account === undefined) throw over(tokenErrors.TOKEN_INVALID);

    const nowMs = clock.nowMs();
    const refusal = () => over(tokenErrors.REFRESH_REJECTED, { subject: claims.sub });
    const living = (session: Session | undefined) => {
      // The owner must be told: a session that has merely ended would be no reason to check the account.
      if (session?.stolen) throw over(tokenErrors.SESSION_STOLEN, { subject: claims.sub });
      if (session === undefined || !isLive(session, account, nowMs) || seen.isIdle(session, nowMs))
        throw refusal();
      return session;
    };
    const session = living(found);
    const presented = { token, claims, session, account };
    if (session.tokenId !== claims.jti) return repeat(presented, idempotencyKey, cause);
    if (!isExchangeable(claims, lifetimes.refreshWindowMs, nowMs)) throw refusal();

    const next = nextClaims(account, session, { nowMs, lifetimeMs: lifetimes.accessMs });
    const signed = tokens.sign(next);
    const successor = signed instanceof Promise ? await signed : signed;
    const won = await store.exchange({
      sessionId: session.id,
      fromTokenId: claims.jti,
      fromEndsAtMs: session.tokenEndsAtMs,
      toTokenId: next.jti,
      toEndsAtMs: tokenEndMs(next, lifetimes.refreshWindowMs),
      atMs: nowMs,
      keyHash: idempotencyKey === undefined ? undefined : hashIdempotencyKey(idempotencyKey),
      sealedSuccessor: sealed(
        { id: next.jti, signature: tokens.keptOf(successor) },
        presented,
        idempotencyKey,
      ),
    });
    // The winner may have made it a session with keys, or another call may have ended it.
    if (!won) {
      const current = living(await store.find(session.id));
      return repeat({ ...presented, session: current }, idempotencyKey, cause);
    }
    await blacklist?.add([{ id: claims.jti, endsAtMs: session.tokenEndsAtMs }]);
    return issued(successor, next);
  };

  /** The successor as it is kept for a repetition, if there may be one. */
  function sealed(
    successor: Successor,
    { token, claims, session }: Presented,
    idempotencyKey: string | undefined,
  ) {
    // The token that was exchanged is a secret that only its client has, and is not kept either.
    const key = idempotencyKey ?? (graceMs > 0 && !session.keyed ? token : undefined);
    return key === undefined ? undefined : sealSuccessor(successor, claims.jti, key);
  }

  /** Handles a genuine token that was presented for exchange but is not its session's live one. */
  async function repeat(
    presented: Presented,
    idempotencyKey: string | undefined,
    cause: Cause,
  ): Promise<Issued> {
    const { token, claims, session } = presented;
    const exchanged = await store.findExchanged(claims.jti);
    if (exchanged === undefined) throw rejected(claims);
    const { sealedSuccessor } = exchanged;
    const key = compareKeys(exchanged, idempotencyKey);
    const reuse = judgeReuse(exchanged, session, { key, nowMs: clock.nowMs(), graceMs, strict });
    if (reuse === "repeat" && sealedSuccessor !== null) {
      countEvent("repeated");
      const successor = openSuccessor(sealedSuccessor, claims.jti, idempotencyKey ?? token);
      return again(successor, presented, exchanged.atMs);
    }
    countEvent("reused");
    log("warn", "exchanged token presented again", { subject: claims.sub, sessionId: session.id });
    if (reuse === "theft") {
      await endStolen(presented, cause);
      throw over(tokenErrors.SESSION_STOLEN, { subject: claims.sub, reason: "stolen" });
    }
    if (reuse === "contest" && !session.contested) await store.contest(session.id);
    throw rejected(claims, "reused");
  }

  /** The successor once more, from what it was made of. */
  async function again(
    { id, signature }: Successor,
    { session, account }: Presented,
    atMs: number,
  ): Promise<Issued> {
    const next = nextClaims(account, session, { nowMs: atMs, lifetimeMs: lifetimes.accessMs, id });
    return issued(await tokens.rebuild(next, signature), next);
  }

  async function endStolen({ account, session }: Presented, cause: Cause): Promise<void> {
    const subject = account.uuid;
    // The audit log records the outcome that the caller gets.
    const end = ends({ reason: "stolen", cause: unaudited(cause), subject, account });
    const at = { atMs: clock.nowMs(), stolen: true } as const;
    if ((await store.revoke(session.id, at, (ended) => end.also([ended]))) === undefined) return;
    await end.settle();
    log("warn", "session ended: its token was treated as stolen", { subject, sessionId: session.id });
  }
}

function compareKeys({ keyHash }: Exchanged, given: string | undefined): "same" | "none" | "another" {
  const hash = given === undefined ? null : hashIdempotencyKey(given);
  if (hash !== keyHash) return "another";
  return hash === null ? "none" : "same";
}

/** A genuine token, its session and the session's owner. */
interface Presented {
  readonly token: string;
  readonly claims: Claims;
  readonly session: Session;
  readonly account: Account;
}

interface Background {
  readonly subject: string;
  readonly reason?: string;
}

/** The token is dead; its session may still be alive with another. */
const rejected = ({ sub: subject }: Claims, reason?: string) =>
  new AppError(tokenErrors.REFRESH_REJECTED, { subject, ...(reason !== undefined && { reason }) });
const over = (definition: ErrorDefinition, background?: Background) =>
  new AppError(definition, { ...background, sessionOver: true });
