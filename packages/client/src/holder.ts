import type { AuthUser } from "./api.generated.js";
import type { Clock } from "./clock.js";
import { isSameToken, type Kept, readKept } from "./kept.js";
import { isSameUser, type MovableAuthStore, type SignOutReason } from "./state.js";
import { type Found, isPromise, type SafeStorage } from "./storage.js";
import type { TabMessage } from "./tabs.js";

/** A session as a tab has it in hand. */
export interface Held extends Kept {
  /** When its token was received, by the clock that is never set back. */
  readonly receivedSteadyMs: number;
}

/** Has the session in hand, and keeps it the same in memory, in storage, in the state and in the other tabs. */
export interface Holder {
  /** The session; `undefined` where there is none. */
  held(): Held | undefined;
  /** How long the token still gives access, as far as can be counted here: by whichever clock says that more time has passed. */
  remainingMs(held: Held): number;
  /** Keeps a new session, or a new token of it. */
  keep(kept: Kept): void;
  /** Keeps what is now known of the user. */
  know(user: AuthUser): Promise<void>;
  /** Drops the session, here and in storage. */
  drop(reason: SignOutReason): void;
  /** Takes over what another tab has stored. A promise only where the storage gives one. */
  look(): void | PromiseLike<void>;
  /** Takes over the session that is found at the start; it settles the state unless the server is to be asked first. */
  start(): void | PromiseLike<void>;
  /** Hears another tab. */
  hear(message: TabMessage): void;
}

interface Deps {
  /** The key under which the session lies in storage. */
  readonly name: string;
  readonly storage: SafeStorage;
  readonly state: Pick<MovableAuthStore, "getState" | "move">;
  readonly clock: Clock;
  readonly tell: (message: TabMessage) => void;
  /** Whether there may be a session where none is stored. */
  readonly mayBeElsewhere: boolean;
  /** Called whenever another session or another token is in hand. */
  readonly changed: () => void;
}

export function createHolder(deps: Deps): Holder {
  const { name, storage, state, clock, tell, changed, mayBeElsewhere } = deps;
  let held: Held | undefined;
  /** Sessions that are over, and why. */
  const endings = new Map<string, SignOutReason>();

  const hold = (kept: Kept | undefined) => {
    const ageMs = kept ? Math.max(0, clock.wallMs() - kept.receivedAtMs) : 0;
    held = kept && { ...kept, receivedSteadyMs: clock.steadyMs() - ageMs };
    changed();
  };

  const remainingMs = ({ lifetimeMs, receivedAtMs, receivedSteadyMs }: Held) => {
    // The steady clock may stand still while the device sleeps, the other one may be set.
    const ageMs = Math.max(clock.steadyMs() - receivedSteadyMs, clock.wallMs() - receivedAtMs);
    return (lifetimeMs ?? Number.POSITIVE_INFINITY) - ageMs;
  };

  /** What happens where `next` takes the place of what was in hand. */
  const replace = (next: Kept) => {
    const before = held;
    hold(next);
    if (before?.id !== next.id) state.move({ type: "SIGNED_IN", user: next.user });
    else if (!isSameToken(before, next)) state.move({ type: "TOKEN_REFRESHED", user: next.user });
    else if (!isSameUser(before.user, next.user)) state.move({ type: "USER_UPDATED", user: next.user });
  };

  const release = (reason: SignOutReason) => {
    if (held === undefined) return;
    hold(undefined);
    state.move({ type: "SIGNED_OUT", reason });
  };

  const take = (found: Found) => {
    // A storage that fails says nothing about the session.
    if (found === undefined) return;
    const kept = readKept(found);
    if (kept === undefined) return release((held && endings.get(held.id)) ?? "signed-out");
    if (endings.get(kept.id) !== "signed-out") {
      // A slower tab has stored what it still had: the newer token must not be lost.
      if (held?.id === kept.id && held.turn > kept.turn) return store(held);
      return replace(kept);
    }
    // A sign-out stands, also where a tab that had not heard of it stored a successor afterwards.
    storage.write(name, null);
    release("signed-out");
  };

  /** Reads the storage; what it says is void where the session changed hands meanwhile. */
  const read = (found: (text: Found) => void): void | PromiseLike<void> => {
    const before = held;
    const text = storage.read(name);
    if (!isPromise(text)) return found(text);
    return text.then((later) => {
      if (held === before) found(later);
    });
  };

  const store = (kept: Kept) => {
    const { id, turn, key, token, lifetimeMs, receivedAtMs, user } = kept;
    storage.write(name, JSON.stringify({ id, turn, key, token, lifetimeMs, receivedAtMs, user }));
    tell({});
  };

  const look = () => read(take);

  const keep = (kept: Kept) => {
    store(kept);
    replace(kept);
  };

  return {
    held: () => held,
    remainingMs,
    keep,
    look,
    async know(user) {
      await look();
      if (held !== undefined && !isSameUser(held.user, user)) keep({ ...held, user });
    },
    drop(reason) {
      if (held === undefined) return;
      endings.set(held.id, reason);
      storage.write(name, null);
      tell({ ended: held.id, reason });
      release(reason);
    },
    start: () =>
      read((text) => {
        const kept = readKept(text ?? null);
        if (kept === undefined) {
          // What is not stored may still be in a cookie.
          if (!mayBeElsewhere) state.move(undefined);
          return;
        }
        hold(kept);
        // Where its access is over, the server is asked before anything is shown.
        if (held && remainingMs(held) > 0) state.move({ type: "SIGNED_IN", user: kept.user });
      }),
    hear({ ended, reason }) {
      if (ended !== undefined && reason !== undefined) endings.set(ended, reason);
      void look();
    },
  };
}
