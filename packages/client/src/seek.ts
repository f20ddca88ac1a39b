import type { Clock } from "./clock.js";
import { findUser } from "./cookie-keeper.js";
import type { Holder } from "./holder.js";
import { type Kept, keptNow } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Requests } from "./requests.js";
import type { MovableAuthStore } from "./state.js";

interface Deps {
  readonly holder: Holder;
  readonly state: Pick<MovableAuthStore, "getState" | "move">;
  readonly clock: Clock;
  readonly requests: Requests;
  readonly note: LeaveNote;
  readonly farewell: (kept: Kept) => Promise<boolean>;
}

/**
 * Finds out whose session a cookie holds, if this client holds none. Concurrent calls share one request.
 * Rejects if the server could not be reached.
 */
export type Seek = () => Promise<void>;

export function createSeek({ holder, state, clock, requests, note, farewell }: Deps): Seek {
  let flight: Promise<void> | undefined;
  const ask = async () => {
    const left = await note.read();
    if (left) return void farewell(left);
    const user = await findUser(requests.as("entering"));
    // In the meantime a user may have signed in or out, here or in another tab.
    if (user && !holder.held() && !(await note.read()))
      holder.keep(keptNow({}, user, { receivedAtMs: clock.wallMs() }));
  };
  return () => {
    flight ??= ask().finally(() => {
      flight = undefined;
      if (state.getState().status === "pending") state.move(undefined);
    });
    return flight;
  };
}
