import { type Clock, inTime } from "./clock.js";
import { findUser } from "./cookie-keeper.js";
import type { Holder } from "./holder.js";
import { type Kept, keptNow } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Requests } from "./requests.js";
import type { MovableAuthStore } from "./state.js";
import type { Turns } from "./turns.js";

interface Deps {
  readonly holder: Holder;
  readonly state: Pick<MovableAuthStore, "getState" | "move">;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly requests: Requests;
  readonly note: LeaveNote;
  readonly farewell: (kept: Kept) => Promise<boolean>;
}

/**
 * Finds out whose session a cookie holds, if this client holds none. Concurrent calls share one request.
 * Rejects if the server could not be reached.
 */
export type Seek = () => Promise<void>;

export function createSeek({ holder, state, clock, turns, requests, note, farewell }: Deps): Seek {
  let flight: Promise<void> | undefined;
  /** Resolves to a session that was left, if the server must still be told. */
  const ask = async (): Promise<Kept | undefined> => {
    // While this was waiting, a user may have signed in, here or in another tab.
    await holder.look();
    if (holder.held()) return undefined;
    const left = await note.read();
    if (left) return left;
    const user = await inTime(clock, (signal) => findUser(requests.as("entering", { signal })));
    await holder.look();
    // In the meantime a user may have signed out.
    if (user && !holder.held() && !(await note.read()))
      holder.keep(keptNow({}, user, { receivedAtMs: clock.wallMs() }));
    return undefined;
  };
  return () => {
    flight ??= turns
      .together(ask)
      .then((left) => {
        if (left) void farewell(left);
      })
      .finally(() => {
        flight = undefined;
        if (state.getState().status === "pending") state.move(undefined);
      });
    return flight;
  };
}
