import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
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
  /** Made once, outside of components: it lives longer than any of them. */
  readonly client: Client;
  /** What the server found out while it rendered the page; `pending` unless given. The browser begins with the same. */
  readonly initialState?: AuthState;
  readonly children?: ReactNode;
}

/** Gives the components below it a client. It starts nothing and ends nothing: mounted twice, it does what it does once. */
export function LatchkeyProvider({
  client,
  initialState = PENDING,
  children,
}: LatchkeyProviderProps): ReactElement {
  const value = useMemo(() => ({ client, initialState }), [client, initialState]);
  return createElement(Context.Provider, { value }, children);
}

/** The client that the nearest provider holds. */
export function useLatchkey(): Client {
  return useProvided().client;
}

/** The state of the session. Renders again when it has changed, and only then. */
export function useSession(): AuthState {
  const { client, initialState } = useProvided();
  return useSyncExternalStore(client.subscribe, client.getState, () => initialState);
}

/** Who is signed in; `undefined` while that is not known, and where nobody is. */
export function useUser(): AuthUser | undefined {
  const state = useSession();
  return state.status === "signed-in" ? state.user : undefined;
}

/** Shows what is inside to whoever is signed in. */
export function SignedIn({ children }: { readonly children?: ReactNode }): ReactNode {
  return useSession().status === "signed-in" ? children : null;
}

/** Shows what is inside where nobody is signed in; not while that is still unknown: nobody sees a page flash by. */
export function SignedOut({ children }: { readonly children?: ReactNode }): ReactNode {
  return useSession().status === "signed-out" ? children : null;
}

function useProvided(): Provided {
  const provided = useContext(Context);
  if (provided === undefined) throw new Error("No <LatchkeyProvider> stands above this component");
  return provided;
}
