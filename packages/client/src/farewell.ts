import { tokenIn } from "./answers.js";
import { type Clock, inTime, pause } from "./clock.js";
import { backOffMs, isRefusal, quietly } from "./failure.js";
import type { Keeper } from "./keeper.js";
import type { Kept } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Requests } from "./requests.js";
import type { Turns } from "./turns.js";

interface Deps {
  readonly requests: Requests;
  readonly keeper: Keeper;
  readonly clock: Clock;
  readonly turns: Turns;
  /** Records sign-outs that the server does not know of yet; absent if a session can simply be forgotten. */
  readonly note: LeaveNote | undefined;
}

/** How often an unreachable server is told again: for about five minutes. */
const TRIES = 10;

/**
 * Tells the server that a session is over, and repeats this until it succeeds. Resolves after the first try
 * to whether that one succeeded.
 */
export function createFarewell({
  requests,
  keeper,
  clock,
  turns,
  note,
}: Deps): (kept: Kept) => Promise<boolean> {
  const logout = (kept: Kept) =>
    inTime(clock, (signal) => requests.as(kept, { keepalive: true, signal }).users.logout.mutate());

  /** The token's successor. A cookie holds it from then on. */
  const successorOf = async (kept: Kept): Promise<Kept> => {
    const next = await inTime(clock, (signal) =>
      requests.as(kept, { signal }).users.refreshToken.mutate({ idempotencyKey: kept.key }),
    );
    return { ...kept, ...keeper.keep(tokenIn(next?.access_token)) };
  };

  const tell = async (kept: Kept): Promise<boolean> => {
    try {
      // Another tab may have exchanged it and not have its answer yet: logging out with the old token would
      // delete the cookie and not end the session, which the late answer would then bring back.
      if (!turns.reachTabs) await quietly(successorOf(kept));
      await logout(kept);
      return true;
    } catch (error) {
      return isRefusal(error) && (await tellWithSuccessor(kept));
    }
  };

  /** The access token has expired or another tab has exchanged it: then its successor can end the session. */
  const tellWithSuccessor = async (kept: Kept): Promise<boolean> => {
    try {
      await logout(await successorOf(kept));
      return true;
    } catch (error) {
      // If that is refused too, the session is over.
      return isRefusal(error);
    }
  };

  const tellInTurn = (kept: Kept): Promise<boolean> =>
    turns.alone(async () => {
      // A user has signed in since: telling the server now would end that user's session.
      if (note && (await note.read()) === undefined) return true;
      const isTold = await tell(kept);
      if (isTold) note?.forget();
      return isTold;
    });

  const repeat = async (kept: Kept) => {
    for (let times = 1; times < TRIES; times++) {
      await pause(clock, backOffMs(times));
      if (await tellInTurn(kept)) return;
    }
  };

  return async (kept) => {
    note?.write(kept);
    const isTold = await tellInTurn(kept);
    if (!isTold) void repeat(kept);
    return isTold;
  };
}
