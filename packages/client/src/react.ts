"use client";

import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from "react";
import type { AuthUser } from "./api.generated.js";
import type { Client } from "./client.js";
import type { AuthState } from "./state.js";
import { onWake } from "./wake.js";

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
  /**
   * Called when the client has looked and still knows another session than `initialState`, for example
   * because its user signed out in another tab. Have the server render the page again: in Next.js with
   * `router.refresh()`.
   */
  readonly onStale?: () => void;
  readonly children?: ReactNode;
}

/**
 * Provides a client to the components below. It ends nothing, so mounting it twice is harmless.
 */
export function LatchkeyProvider({
  client,
  initialState,
  onStale,
  children,
}: LatchkeyProviderProps): ReactElement {
  useAgreement(client, initialState, onStale);
  const value = useMemo(() => ({ client, initialState: initialState ?? PENDING }), [client, initialState]);
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

/** Brings what a server rendered and what the client knows back together when one of them has changed. */
function useAgreement(client: Client, rendered: AuthState | undefined, onStale: (() => void) | undefined) {
  const told = useRef<AuthState>(undefined);
  useEffect(() => {
    if (rendered === undefined) return;
    let isCurrent = true;
    const agree = async () => {
      if (!differs(rendered, client.getState())) return;
      // Either may be older. This also waits until the server has been told of a sign-out.
      const { error } = await client.sync();
      const known = client.getState();
      // What cannot be reached cannot render. Once for each state: a server may disagree for good.
      if (error !== null || !isCurrent || !differs(rendered, known) || told.current === known) return;
      told.current = known;
      onStale?.();
    };
    const unsubscribe = client.subscribe(() => void agree());
    const sleepless = onWake(() => {
      told.current = undefined;
      void agree();
    });
    void agree();
    return () => {
      isCurrent = false;
      unsubscribe();
      sleepless();
    };
  }, [client, rendered, onStale]);
}

/** Whether a server has rendered for another session than this client knows. */
function differs(rendered: AuthState, known: AuthState): boolean {
  if (known.status === "pending") return false;
  return rendered.status !== known.status || userOf(rendered) !== userOf(known);
}

const userOf = (state: AuthState) => (state.status === "signed-in" ? state.user.id : undefined);
