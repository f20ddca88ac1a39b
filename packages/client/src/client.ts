import type { Rpc } from "./api.generated.js";
import { type AuthorizedFetch, authorizedFetch } from "./authorized-fetch.js";
import { type Clock, deviceClock } from "./clock.js";
import { cookieKeeper } from "./cookie-keeper.js";
import { quietly } from "./failure.js";
import { createFarewell } from "./farewell.js";
import { createHolder } from "./holder.js";
import { tokenKeeper } from "./keeper.js";
import { openLeaveNote } from "./leave-note.js";
import { isPage } from "./page.js";
import { randomId } from "./random.js";
import { createRefresh } from "./refresh.js";
import { createRequests } from "./requests.js";
import { createRpc, type RpcOptions, trpcUrl } from "./rpc.js";
import { createSeek } from "./seek.js";
import { type AuthStore, createAuthStore } from "./state.js";
import { isPromise, openStorage, type StorageChoice } from "./storage.js";
import { openTabs } from "./tabs.js";
import { createVerbs, type Verbs } from "./verbs.js";
import { onWake } from "./wake.js";

/** How a client reaches its server, and where it keeps its session. */
export interface ClientOptions extends Pick<RpcOptions, "url" | "fetch" | "headers"> {
  /**
   * How the session is kept: `"token"` unless given, or `"cookie"`, which no script can read. Cookies need
   * `COOKIE_SESSIONS=on` at the server, and a page on the server's own site; what is kept in `storage` is no secret then.
   */
  readonly session?: "token" | "cookie" | undefined;
  /** Where the session is kept: in a page `"local"` unless given, elsewhere `"memory"`. */
  readonly storage?: StorageChoice | undefined;
  /**
   * The key under which it is kept, and the name by which tabs find each other. By the server's address unless given: two
   * servers' sessions never meet.
   */
  readonly name?: string | undefined;
  /** Whether tabs tell each other what happens, over a `BroadcastChannel`; in pages they do unless told otherwise. */
  readonly tabs?: boolean | undefined;
  /** Stands in for the device's clock and timers in tests. */
  readonly clock?: Clock | undefined;
}

/** A client of one server, with at most one session, which it keeps by itself. */
export interface Client extends AuthStore, Verbs {
  /**
   * The server's procedures in the name of the session: `client.rpc.users.me.query()`. A call whose token is refused is
   * sent once more with its successor. Failures are thrown; `safe()` gives them as values.
   */
  readonly rpc: Rpc;
  /** What tRPC's HTTP links need to call the procedures as `rpc` does: `httpBatchLink(client.link)`. */
  readonly link: {
    readonly url: string;
    /** Takes an address, as the links give it, and never a `Request`, which could not be sent again. */
    readonly fetch: AuthorizedFetch;
  };
  /** Ends timers, listeners and channels. The session stays in storage. */
  dispose(): void;
}

/**
 * Creates a client. It looks into its storage at once; where that is synchronous, the state is known when this returns.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "http://localhost:8000" });
 * const { data: user, error } = await client.signIn({ username: "ada@example.com", password });
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const { url, fetch, headers, clock = deviceClock, tabs: hasTabs = isPage() } = options;
  const name = options.name ?? `latchkey:${url}`;
  const storage = openStorage(options.storage);
  const keeper = options.session === "cookie" ? cookieKeeper : tokenKeeper;
  const note = keeper.isShared ? openLeaveNote(storage, `${name}:left`) : undefined;
  const state = createAuthStore();
  const device = deviceOf(storage, `${name}:device`);
  const requests = createRequests({ url, keeper, fetch, headers, device });
  const farewell = createFarewell({ requests, keeper, clock, note });

  const tabs = openTabs(name, { channel: hasTabs ? name : undefined }, (message) => holder.hear(message));
  const holder = createHolder({
    name,
    storage,
    state,
    clock,
    tell: (message) => tabs.tell(message),
    mayBeElsewhere: keeper.isShared,
    changed: () => refresh.plan(),
  });
  const refresh = createRefresh({
    holder,
    clock,
    isShared: hasTabs,
    send: (held, signal) => keeper.exchange(requests.as(held, { signal }), held),
    discard(held) {
      // A cookie is by now that of whoever is signed in.
      if (!keeper.isShared || holder.held() === undefined) void farewell(held);
    },
  });
  const seek = note && createSeek({ holder, state, clock, requests, note, farewell });
  const sleepless = onWake(() => {
    void refresh.wake();
    void seek?.again();
  });

  const begin = async () => {
    if (seek && holder.held() === undefined) return seek();
    // Its access is over: only the server can say whether the session is.
    await quietly(refresh.exchange());
    const held = holder.held();
    if (held && state.getState().status === "pending") state.move({ type: "SIGNED_IN", user: held.user });
  };
  const found = holder.start();
  const started = (async () => {
    if (isPromise(found)) await found;
  })();
  void started.then(() => {
    if (state.getState().status === "pending") return begin();
  });

  const authorized = authorizedFetch({ holder, refresh, requests, started });
  const rpc = createRpc({ url, headers, fetch: authorized });
  const verbs = createVerbs({
    holder,
    refresh,
    keeper,
    clock,
    open: requests.as("entering"),
    rpc,
    farewell,
    note,
    started,
  });
  const { move: _, clear, ...store } = state;
  return {
    ...store,
    ...verbs,
    rpc,
    link: { url: trpcUrl(url), fetch: authorized },
    dispose() {
      refresh.stop();
      tabs.close();
      sleepless();
      clear();
    },
  };
}

/** The id of the device: random, made once, kept beside the session and longer than it. */
function deviceOf(storage: ReturnType<typeof openStorage>, key: string): () => string | PromiseLike<string> {
  const known = (found: string | null | undefined) => {
    if (found) return found;
    const id = randomId();
    storage.write(key, id);
    return id;
  };
  return () => {
    const found = storage.read(key);
    return isPromise(found) ? found.then(known) : known(found);
  };
}
