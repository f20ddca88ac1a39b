import { accountErrors } from "@latchkey/contracts/errors/account";
import type { Cause } from "../../cause.js";
import { unaudited } from "../../cause.js";
import { type Change, type ChangeOf, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import { timeOrderedId } from "../../world/id.js";
import type { Account, Newcomer } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import type { Proven } from "../known-places/service.js";
import { type Issued, issued, nextClaims } from "./lifetimes.js";
import type { RefreshDeps } from "./refresh.js";
import { tokenEndMs } from "./rules.js";
import { sessionStarted } from "./session-events.js";
import type { Session } from "./store.js";

/** Determines the access lifetime of a session's first token. */
export type SignInLifetime = "accessMs" | "authMs";

/** Where a session begins. */
export interface SessionPlace {
  readonly from: {
    /** The network address, in its canonical spelling. */
    address(): string;
    /** The user agent that the client sends. */
    userAgent(): string | undefined;
  };
  readonly lifetime: SignInLifetime;
  /** The methods by which the user has signed in, in the order in which they were given. */
  readonly methods: readonly string[];
  /** Whether one of them was a second factor, or was two factors in one. */
  readonly hasFactor: boolean;
  /** What else is committed with the session; if it refuses that (`ChangeRefused`), none begins. */
  readonly also?: Change | undefined;
  /** What is to be remembered of the place. */
  readonly proven?: Proven;
  readonly cause: Cause;
}

/** Starts sessions: given to admission, and to nothing else. */
export interface SessionStarts {
  /**
   * Ends contested sessions with the same user agent, and the least recently seen one if the account has too
   * many. Raises `INVALID_CREDENTIALS` if the account was deleted, has ended all sessions or has other second factors
   * since it was read.
   */
  start(account: Account, place: SessionPlace): Promise<Issued>;
  /**
   * The same for an account that is still to be inserted: its first session begins with it, and its audit
   * entry covers both.
   */
  prepare(
    newcomer: Newcomer,
    place: SessionPlace,
  ): Promise<{ readonly issued: Issued; readonly begins: ChangeOf<Account> }>;
}

type Bearer = Pick<Account, "uuid" | "username" | "role" | "sessionEpoch">;

export interface StartDeps extends Pick<RefreshDeps, "store" | "tokens" | "ends" | "clock" | "lifetimes"> {
  readonly events: Pick<Events, "of">;
  /** How many sessions an account may have at a time. */
  readonly perUser: number;
}

export function createSessionStarts({
  store,
  tokens,
  events,
  ends,
  clock,
  lifetimes,
  perUser,
}: StartDeps): SessionStarts {
  /** A session and its first token; the account is set when the session begins. */
  const draft = async (account: Bearer, { lifetime, from, methods, hasFactor }: SessionPlace) => {
    const nowMs = clock.nowMs();
    const expiresAtMs = nowMs + lifetimes.sessionMs;
    const session = {
      id: timeOrderedId(nowMs),
      expiresAtMs,
      createdAtMs: nowMs,
      confirmedAtMs: nowMs,
      methods: methods.join(" "),
      factorAtMs: hasFactor ? nowMs : null,
    };
    const claims = nextClaims(account, session, { nowMs, lifetimeMs: lifetimes[lifetime] });
    const token = await tokens.sign(claims);
    const begun: Omit<Session, "userId"> = {
      ...session,
      // The epoch under which the password was checked: if it has changed since, the session is never valid.
      epoch: account.sessionEpoch,
      tokenId: claims.jti,
      tokenEndsAtMs: tokenEndMs(claims, lifetimes.refreshWindowMs),
      lastSeenAtMs: nowMs,
      userAgent: from.userAgent() ?? null,
      address: from.address(),
      keyed: false,
      contested: false,
      revokedAtMs: null,
      stolen: false,
    };
    return { begun, issued: issued(token, claims) };
  };
  const started = (account: Account, { proven }: SessionPlace, cause: Cause) =>
    together(
      proven?.remembering,
      events.of(cause, sessionStarted, {
        subject: account.uuid,
        account,
        isNewPlace: proven?.isNew ?? false,
      }),
    );

  const evictionFrom = (account: Account, cause: Cause) =>
    ends({ reason: "evicted", cause: unaudited(cause), subject: account.uuid, account });

  return {
    async start(account, place) {
      const { begun, issued } = await draft(account, place);
      const eviction = evictionFrom(account, place.cause);
      const hasBegun = await store.insert({ ...begun, userId: account.id }, perUser, {
        also: together(place.also, started(account, place, place.cause)),
        evicting: eviction.also,
        ifGeneration: account.factorGeneration,
      });
      // The password that was compared is no longer the account's, or there is no account any more.
      if (!hasBegun) throw new AppError(accountErrors.INVALID_CREDENTIALS, { subject: account.uuid });
      await eviction.settle();
      return issued;
    },

    async prepare(newcomer, place) {
      const { begun, issued } = await draft(newcomer, place);
      const cause = unaudited(place.cause);
      const begins = (account: Account) =>
        store.insertion({ ...begun, userId: account.id }, perUser, { also: started(account, place, cause) });
      return { issued, begins };
    },
  };
}
