import { type Clock, pause } from "./clock.js";
import { backOffMs, isRefusal } from "./failure.js";
import type { Keeper } from "./keeper.js";
import type { Kept } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Requests } from "./requests.js";

interface Deps {
  readonly requests: Requests;
  readonly keeper: Keeper;
  readonly clock: Clock;
  /** Records sign-outs that the server does not know of yet; absent if a session can simply be forgotten. */
  readonly note: LeaveNote | undefined;
}

/** How often an unreachable server is told again: for about five minutes. */
const TRIES = 10;

/**
 * Tells the server that a session is over, and repeats this until it succeeds. Resolves after the first try
 * to whether that one succeeded.
 */
export function createFarewell({ requests, keeper, clock, note }: Deps): (kept: Kept) => Promise<boolean> {
  const logout = (kept: Kept) => requests.as(kept, { keepalive: true }).users.logout.mutate();

  const tell = async (kept: Kept): Promise<boolean> => {
    try {
      await logout(kept);
      return true;
    } catch (error) {
      return isRefusal(error) && (await tellWithSuccessor(kept));
    }
  };

  /** The access token has expired or another tab has exchanged it: then its successor can end the session. */
  const tellWithSuccessor = async (kept: Kept): Promise<boolean> => {
    try {
      const { access_token } = await requests
        .as(kept)
        .users.refreshToken.mutate({ idempotencyKey: kept.key });
      await logout({ ...kept, ...keeper.keep(access_token) });
      return true;
    } catch (error) {
      // If that is refused too, the session is over.
      return isRefusal(error);
    }
  };

  const repeat = async (kept: Kept) => {
    for (let times = 1; times < TRIES; times++) {
      await pause(clock, backOffMs(times));
      if (note && !(await note.stands())) return;
      if (await tell(kept)) return note?.forget();
    }
  };

  return async (kept) => {
    note?.write(kept);
    const isTold = await tell(kept);
    if (isTold) note?.forget();
    else void repeat(kept);
    return isTold;
  };
}
