"use client";

import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from "react";
import type { AuthUser } from "./api.generated.js";
import type { Client } from "./client.js";
import type { AuthState } from "./state.js";

interface Provided {
  readonly client: Client;
  readonly initialState: AuthState;
}

const PENDING: AuthState = { status: "pending" };
const Context = createContext<Provided | undefined>(undefined);

export interface LatchkeyProviderProps {
  /** Created once, outside of components: it outlives all of them. */
  readonly client: Client;
  /**
   * The state that the server found while rendering the page; `pending` by default. The browser shows it
   * until its client knows the state. If a later rendering finds another one, the client looks again.
   */
  readonly initialState?: AuthState;
  readonly children?: ReactNode;
}

/**
 * Provides a client to the components below. It ends nothing, so mounting it twice is harmless.
 */
export function LatchkeyProvider({
  client,
  initialState = PENDING,
  children,
}: LatchkeyProviderProps): ReactElement {
  useEffect(() => {
    // A server action may have signed a user in or out since the last rendering.
    if (isNews(initialState, client.getState())) void client.sync();
  }, [client, initialState]);
  const value = useMemo(() => ({ client, initialState }), [client, initialState]);
  return createElement(Context.Provider, { value }, children);
}

/** The client of the nearest provider. */
export function useLatchkey(): Client {
  return useProvided().client;
}

/** The state of the session. Renders again only when it has changed. */
export function useSession(): AuthState {
  const { client, initialState } = useProvided();
  const state = useSyncExternalStore(client.subscribe, client.getState, () => initialState);
  return state.status === "pending" ? initialState : state;
}

/** The signed-in user; `undefined` if there is none or if that is not known yet. */
export function useUser(): AuthUser | undefined {
  const state = useSession();
  return state.status === "signed-in" ? state.user : undefined;
}

/** Shows its children to a signed-in user. */
export function SignedIn({ children }: { readonly children?: ReactNode }): ReactNode {
  return useSession().status === "signed-in" ? children : null;
}

/**
 * Shows its children when no user is signed in. While that is still unknown it shows nothing, so that no page
 * flashes by.
 */
export function SignedOut({ children }: { readonly children?: ReactNode }): ReactNode {
  return useSession().status === "signed-out" ? children : null;
}

function useProvided(): Provided {
  const provided = useContext(Context);
  if (provided === undefined) throw new Error("There is no <LatchkeyProvider> above this component");
  return provided;
}

/** Whether a server has found another session than this client knows. */
function isNews(found: AuthState, known: AuthState): boolean {
  if (found.status === "pending" || known.status === "pending") return false;
  const idOf = (state: AuthState) => (state.status === "signed-in" ? state.user.id : undefined);
  return idOf(found) !== idOf(known);
}
