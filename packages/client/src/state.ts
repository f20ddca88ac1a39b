import type { AuthUser } from "./api.generated.js";

/** Why a session is over. */
export type SignOutReason =
  /** The user signed out, here, in another tab, or on another page of the site that shares the cookie. */
  | "signed-out"
  /** It was not used for too long, or has reached its maximum lifetime. */
  | "expired"
  /** It was ended elsewhere: from another device, by a new password, by an administrator. */
  | "revoked"
  /** Its token was used in two places: the server assumed theft and ended the session. */
  | "stolen";

/** What is known of the session; the same object until something changes. */
export type AuthState =
  /** Not known yet: neither storage nor the server has answered. */
  | { readonly status: "pending" }
  | { readonly status: "signed-in"; readonly user: AuthUser }
  /** Without a `reason` if there was no session at the start. */
  | { readonly status: "signed-out"; readonly reason?: SignOutReason };

/** What has happened to the session. */
export type AuthEvent =
  /** Always the first: the state found at the start. */
  | { readonly type: "INITIAL_SESSION"; readonly state: Exclude<AuthState, { status: "pending" }> }
  | { readonly type: "SIGNED_IN" | "TOKEN_REFRESHED" | "USER_UPDATED"; readonly user: AuthUser }
  | { readonly type: "SIGNED_OUT"; readonly reason: SignOutReason };

/** Called with what happens to the session. It may be asynchronous, and may call the client. */
export type AuthListener = (event: AuthEvent) => void | Promise<void>;

/** The state of a client and its listeners. */
export interface AuthStore {
  /** The current state: a new object only when it has changed, as `useSyncExternalStore` requires. */
  getState(): AuthState;
  /** Calls back whenever the state has changed; returns a function that unsubscribes. */
  subscribe(callback: () => void): () => void;
  /** Calls back at each event, `INITIAL_SESSION` first; returns a function that unsubscribes. */
  onAuthStateChange(listener: AuthListener): () => void;
  /** Resolves as soon as the state is no longer `pending`. */
  ready(): Promise<void>;
}

/** The store, and the function that changes it. */
export interface MovableAuthStore extends AuthStore {
  move(event: Exclude<AuthEvent, { type: "INITIAL_SESSION" }> | undefined): void;
  clear(): void;
}

export function createAuthStore(): MovableAuthStore {
  let state: AuthState = { status: "pending" };
  let settle: () => void;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const watchers = new Set<() => void>();
  const listeners = new Set<AuthListener>();

  /**
   * In the order of events, each listener independently: one that waits or fails does not hold up the others.
   */
  const tell = (listener: AuthListener, event: AuthEvent) => {
    queueMicrotask(() => listeners.has(listener) && listener(event));
  };
  const tellFirst = (listener: AuthListener) => {
    if (state.status !== "pending") tell(listener, { type: "INITIAL_SESSION", state });
  };

  return {
    getState: () => state,
    subscribe(callback) {
      // One entry each, even if a callback is passed twice.
      const watcher = () => callback();
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    onAuthStateChange(given) {
      const listener: AuthListener = (event) => given(event);
      listeners.add(listener);
      tellFirst(listener);
      return () => void listeners.delete(listener);
    },
    ready: () => settled,
    move(event) {
      const before = state;
      state = after(before, event);
      if (before.status === "pending") {
        settle();
        for (const listener of listeners) tellFirst(listener);
      } else if (event !== undefined) for (const listener of listeners) tell(listener, event);
      if (state !== before) for (const watcher of [...watchers]) watcher();
    },
    clear() {
      watchers.clear();
      listeners.clear();
    },
  };
}

/** The state after an event; without an event there is no session. */
function after(state: AuthState, event: Parameters<MovableAuthStore["move"]>[0]): AuthState {
  if (event === undefined) return { status: "signed-out" };
  if (event.type === "SIGNED_OUT") return { status: "signed-out", reason: event.reason };
  const isKnown = state.status === "signed-in" && isSameUser(state.user, event.user);
  return isKnown ? state : { status: "signed-in", user: event.user };
}

/** Whether two descriptions of a user are the same. */
export function isSameUser(one: AuthUser, other: AuthUser): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
