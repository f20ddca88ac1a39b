import type { Clock } from "./clock.js";
import { findUser } from "./cookie-keeper.js";
import type { Holder } from "./holder.js";
import { type Kept, keptNow } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Requests } from "./requests.js";
import type { MovableAuthStore } from "./state.js";

interface Deps {
  readonly holder: Holder;
  readonly state: Pick<MovableAuthStore, "move">;
  readonly clock: Clock;
  readonly requests: Requests;
  readonly note: LeaveNote;
  readonly farewell: (kept: Kept) => Promise<boolean>;
}

/** Finds out whose session a cookie holds. */
export interface Seek {
  /** Asks once and settles the state. */
  (): Promise<void>;
  /** Asks again if the server could not be reached. */
  again(): Promise<void>;
}

export function createSeek({ holder, state, clock, requests, note, farewell }: Deps): Seek {
  let isUnknown = false;
  const ask = async () => {
    try {
      const user = await findUser(requests.as("entering"));
      isUnknown = false;
      // In the meantime a user may have signed in, here or in another tab.
      if (user && !holder.held()) holder.keep(keptNow({}, user, { receivedAtMs: clock.wallMs() }));
    } catch {
      // Ask again as soon as the network is back.
      isUnknown = true;
    }
  };
  const seek = async () => {
    const left = await note.read();
    if (left) void farewell(left);
    else await ask();
    if (!holder.held()) state.move(undefined);
  };
  return Object.assign(seek, {
    async again() {
      if (isUnknown && !holder.held()) await ask();
    },
  });
}
