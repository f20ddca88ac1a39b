import type { AuthUser } from "./api.generated.js";
import type { Clock } from "./clock.js";
import { type Ended, isSameToken, type Kept, keptNow, readEnded, readKept } from "./kept.js";
import { isSameUser, type MovableAuthStore, type SignOutReason } from "./state.js";
import { type Found, isPromise, type SafeStorage } from "./storage.js";
import type { TabMessage } from "./tabs.js";

/** A session as a tab holds it. */
export interface Held extends Kept {
  /** When its token was received, by the clock that is never set back. */
  readonly receivedSteadyMs: number;
}

/** Holds the session and keeps it the same in memory, in storage, in the state and in the other tabs. */
export interface Holder {
  /** The session; `undefined` if there is none. */
  held(): Held | undefined;
  /**
   * How long the token is still valid, as far as can be told here: by whichever clock says that more time has
   * passed.
   */
  remainingMs(held: Held): number;
  /** Keeps a new session, or a session's new token. */
  keep(kept: Kept): void;
  /** Keeps what the server says about the user of a session, unless that session has been replaced. */
  know(user: AuthUser, of: Held | undefined): Promise<void>;
  /** Drops the session, here and in storage. */
  drop(reason: SignOutReason): void;
  /** Takes over what another tab has stored. Returns a promise only if the storage does. */
  look(): void | PromiseLike<void>;
  /**
   * Takes over the session found at the start. This settles the state unless the server has to be asked
   * first.
   */
  start(): void | PromiseLike<void>;
  /** Handles a message from another tab. */
  hear(message: TabMessage): void;
}

interface Deps {
  /** The session's key in storage. */
  readonly name: string;
  readonly storage: SafeStorage;
  readonly state: Pick<MovableAuthStore, "getState" | "move">;
  readonly clock: Clock;
  readonly tell: (message: TabMessage) => void;
  /** Whether there may be a session even if none is stored. */
  readonly mayBeElsewhere: boolean;
  /** Called whenever the session or its token has changed. */
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
    // The steady clock may stop while the device sleeps, and the wall clock may be set.
    const ageMs = Math.max(clock.steadyMs() - receivedSteadyMs, clock.wallMs() - receivedAtMs);
    return (lifetimeMs ?? Number.POSITIVE_INFINITY) - ageMs;
  };

  /** Replaces the session and reports what changed. */
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
    // A failing storage says nothing about the session.
    if (found === undefined) return;
    const ended = readEnded(found);
    if (ended) endings.set(ended.ended, ended.reason);
    const kept = readKept(found);
    if (kept === undefined) return release((held && endings.get(held.id)) ?? "signed-out");
    if (endings.get(kept.id) !== "signed-out") {
      // A slower tab has overwritten it with an older token: the newer one must not be lost.
      if (held?.id === kept.id && held.turn > kept.turn) return store(held);
      return replace(kept);
    }
    // A sign-out is final, even if a tab that did not know of it stored a successor afterwards.
    storage.write(name, null);
    release("signed-out");
  };

  /** Reads the storage; the result is ignored if the session has changed in the meantime. */
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
    async know(user, of) {
      await look();
      if (held === undefined || held.id !== of?.id || isSameUser(held.user, user)) return;
      // The cookie now holds another user's session: it was replaced on a server that renders pages.
      if (held.user.id !== user.id) keep(keptNow({}, user, { receivedAtMs: clock.wallMs() }));
      else keep({ ...held, user });
    },
    drop(reason) {
      if (held === undefined) return;
      const ended: Ended = { ended: held.id, reason };
      endings.set(held.id, reason);
      // Of a sign-out, nothing is left behind.
      storage.write(name, reason === "signed-out" ? null : JSON.stringify(ended));
      tell(ended);
      release(reason);
    },
    start: () =>
      read((text) => {
        const kept = readKept(text ?? null);
        if (kept === undefined) {
          // A session that is not stored may still be in a cookie.
          if (!mayBeElsewhere) state.move(undefined);
          return;
        }
        hold(kept);
        // If its token has expired, the server is asked before anything is shown.
        if (held && remainingMs(held) > 0) state.move({ type: "SIGNED_IN", user: kept.user });
      }),
    hear({ ended, reason }) {
      if (ended !== undefined && reason !== undefined) endings.set(ended, reason);
      void look();
    },
  };
}
