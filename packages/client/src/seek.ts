import type { Clock } from "./clock.js";
import { findUser } from "./cookie-keeper.js";
import { quietly } from "./failure.js";
import type { Holder } from "./holder.js";
import { type Kept, keptNow } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Requests } from "./requests.js";
import type { MovableAuthStore } from "./state.js";

/** How long a search may take: a sign-in waits for it. */
const REQUEST_MS = 10_000;

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
export interface Seek {
  (): Promise<void>;
  /** Resolves when the search in progress, if there is one, is over. */
  settled(): Promise<void>;
  /** A user is signing in: the next search waits for that. */
  waitFor(entering: Promise<unknown>): void;
}

export function createSeek({ holder, state, clock, requests, note, farewell }: Deps): Seek {
  let flight: Promise<void> | undefined;
  let entering: Promise<unknown> = Promise.resolve();
  const ask = async () => {
    // The last cookie wins: a successor found here would replace the session that is about to begin.
    await quietly(entering);
    if (holder.held()) return;
    const left = await note.read();
    if (left) return void farewell(left);
    const controller = new AbortController();
    const off = clock.after(REQUEST_MS, () => controller.abort());
    const user = await findUser(requests.as("entering", { signal: controller.signal })).finally(off);
    // In the meantime a user may have signed in or out, here or in another tab.
    if (user && !holder.held() && !(await note.read()))
      holder.keep(keptNow({}, user, { receivedAtMs: clock.wallMs() }));
  };
  const seek = () => {
    flight ??= ask().finally(() => {
      flight = undefined;
      if (state.getState().status === "pending") state.move(undefined);
    });
    return flight;
  };
  return Object.assign(seek, {
    settled: () => quietly(Promise.resolve(flight)),
    waitFor(work: Promise<unknown>) {
      entering = work;
    },
  });
}
