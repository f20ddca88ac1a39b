import type { Rpc } from "./api.generated.js";
import { type AuthorizedFetch, authorizedFetch } from "./authorized-fetch.js";
import { deviceClock } from "./clock.js";
import { cookieKeeper } from "./cookie-keeper.js";
import { quietly } from "./failure.js";
import { createFarewell } from "./farewell.js";
import { createHolder } from "./holder.js";
import { tokenKeeper } from "./keeper.js";
import { openLeaveNote } from "./leave-note.js";
import { isPage } from "./page.js";
import { isRandomId, randomId } from "./random.js";
import { createRefresh } from "./refresh.js";
import { createRequests } from "./requests.js";
import { baseOf, createRpc, type RpcOptions, trpcUrl } from "./rpc.js";
import { openSecrets } from "./secrets.js";
import { createSeek } from "./seek.js";
import { type AuthStore, createAuthStore } from "./state.js";
import { isPromise, openStorage, type StorageChoice } from "./storage.js";
import { openTabs } from "./tabs.js";
import { NO_TURNS, openTurns } from "./turns.js";
import { createVerbs, type Verbs } from "./verbs.js";
import { onWake } from "./wake.js";

/** How a client reaches its server, and where it keeps its session. */
export interface ClientOptions extends Pick<RpcOptions, "url" | "fetch" | "headers" | "timeoutMs" | "clock"> {
  /**
   * How the session is kept: as a `"token"` (the default), or in a `"cookie"`, which no script can read.
   * Cookies need `COOKIE_SESSIONS=on` on the server and a page on the server's own site; `storage` then
   * contains nothing secret.
   */
  readonly session?: "token" | "cookie" | undefined;
  /** Where the session is kept: by default `"local"` in a page and `"memory"` elsewhere. */
  readonly storage?: StorageChoice | undefined;
  /**
   * The key in that storage, and the name by which tabs find each other. By default it is derived from the
   * server's address, so that the sessions of two servers never mix.
   */
  readonly name?: string | undefined;
  /** Whether tabs notify each other over a `BroadcastChannel`; by default they do in pages. */
  readonly tabs?: boolean | undefined;
}

/** A client of one server. It manages at most one session. */
export interface Client extends AuthStore, Verbs {
  /**
   * The server's procedures, called with the current session: `client.rpc.users.me.query()`. A call whose
   * token is refused is sent once more with the new token. Failures are thrown; `safe()` returns them as
   * values.
   */
  readonly rpc: Rpc;
  /**
   * What tRPC's HTTP links need in order to call the procedures as `rpc` does: `httpBatchLink(client.link)`.
   */
  readonly link: {
    readonly url: string;
    /** How many calls a batch may contain. */
    readonly maxItems: number;
    /** Takes a URL, as the links pass it, and never a `Request`, which could not be sent again. */
    readonly fetch: AuthorizedFetch;
  };
  /** Ends timers, listeners and channels. The session stays in storage. */
  dispose(): void;
}

/** What the server allows. */
const MAX_BATCH_SIZE = 20;

/**
 * Creates a client. It reads its storage immediately; if the storage is synchronous, the state is known when
 * this returns.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "http://localhost:8000" });
 * const { data: user, error } = await client.signIn({ username: "ada@example.com", password });
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const { url, fetch, headers, timeoutMs, clock = deviceClock, tabs: hasTabs = isPage() } = options;
  const name = options.name ?? `latchkey:${baseOf(url)}`;
  const storage = openStorage(options.storage);
  const keeper = options.session === "cookie" ? cookieKeeper : tokenKeeper;
  const note = keeper.isShared ? openLeaveNote(storage, `${name}:left`) : undefined;
  const state = createAuthStore();
  const device = deviceOf(storage, `${name}:device`);
  const secrets = openSecrets(storage, name);
  const requests = createRequests({
    url,
    keeper,
    fetch,
    headers,
    timeoutMs,
    clock,
    device,
    secrets,
  });
  // With a token, the session is the one that is stored: a late answer changes nothing.
  const turns = keeper.isShared ? openTurns(name, clock) : NO_TURNS;
  const farewell = createFarewell({ requests, keeper, clock, turns, note });

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
    turns,
    isShared: hasTabs,
    send: (held, signal) => keeper.exchange((sender) => requests.as(sender, { signal }), held),
    discard(held) {
      // By now a cookie belongs to the user who is signed in.
      if (!keeper.isShared || holder.held() === undefined) void farewell(held);
    },
  });
  const seek = note && createSeek({ holder, state, clock, turns, requests, note, farewell });
  const sleepless = onWake(() => {
    void refresh.wake();
    // A server that renders pages may have signed its user in or out.
    if (seek) void verbs.sync();
  });

  const begin = async () => {
    // If this fails, it is repeated as soon as the network is back.
    if (seek && holder.held() === undefined) return quietly(seek());
    // Its access token has expired: only the server knows whether the session has ended too.
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

  // As long as it is not known whose session a cookie holds, calls wait.
  const authorized = authorizedFetch({
    holder,
    refresh,
    requests,
    seek,
    started: seek ? state.ready() : started,
  });
  const rpc = createRpc({ url, headers, fetch: authorized, timeoutMs, clock });
  const verbs = createVerbs({
    holder,
    refresh,
    keeper,
    clock,
    turns,
    requests,
    secrets,
    rpc,
    farewell,
    note,
    seek,
    started,
  });
  const { move: _, clear, ...store } = state;
  return {
    ...store,
    ...verbs,
    rpc,
    link: { url: trpcUrl(url), fetch: authorized, maxItems: MAX_BATCH_SIZE },
    dispose() {
      refresh.stop();
      tabs.close();
      sleepless();
      clear();
    },
  };
}

/** The id of the device: random, created once, and kept in storage longer than any session. */
function deviceOf(storage: ReturnType<typeof openStorage>, key: string): () => string | PromiseLike<string> {
  const known = (found: string | null | undefined) => {
    if (isRandomId(found)) return found;
    const id = randomId();
    storage.write(key, id);
    return id;
  };
  return () => {
    const found = storage.read(key);
    return isPromise(found) ? found.then(known) : known(found);
  };
}
