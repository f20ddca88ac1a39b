import { type Fetch, ServerAway } from "./ask.js";
import { type Caller, type Demand, hasRole, hasSeveralFactors, type Role } from "./caller.js";
import { followFeed } from "./feed.js";
import { type Keys, publishedKeys, sharedSecret } from "./keys.js";
import { createAskServer } from "./online.js";
import { REFUSALS, type Refusal } from "./refusal.js";
import { presentedToken, type RequestLike } from "./request.js";
import { readToken } from "./token.js";

/** What a guard does apart from checking tokens. */
export interface GuardExtras {
  /**
   * Also takes the token from the session cookie, if a request has no Authorization header and comes from a
   * page on this backend's own origin, or on one of `origins` on the same site. Needs `COOKIE_SESSIONS=on` on
   * the server, and the server on the same host as this backend.
   */
  readonly cookies?: { readonly origins: readonly string[] } | undefined;
  /**
   * Called with the reason when the Latchkey server could not be reached, even if the cached keys were
   * sufficient.
   */
  readonly onServerAway?: ((reason: unknown) => void) | undefined;
  /** Sends requests to the Latchkey server instead of the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /**
   * The server's `PUBLIC_URL`, if it is set: refuses tokens of another issuer. Tokens that name none are from
   * before it was set, and are accepted.
   */
  readonly issuer?: string | undefined;
  /**
   * `"mfa"`: refuses all callers who signed in with one factor only, with `FACTOR_REQUIRED`. For some
   * requests only, pass it to `check` instead.
   */
  readonly requires?: "mfa" | undefined;
}

/**
 * Verifies tokens with a server's published keys or, if `secret` is set, with the secret shared with the
 * server.
 */
export interface ServerOptions extends GuardExtras {
  /** The Latchkey server's base URL. */
  readonly url: string | URL;
  /** The server's `JWT_SECRET`, if it has one. */
  readonly secret?: string | undefined;
  /**
   * Asks the server with each request whether the token is still valid, so that a revoked one is refused at
   * once. Without this, a token is accepted until it expires.
   */
  readonly online?: boolean | undefined;
  /**
   * Follows the server's revocation feed instead: a revoked token is refused a fraction of a second later,
   * without a request for each check. Not together with `online`.
   */
  readonly feed?: FeedOptions | undefined;
}

/** How the revocation feed is followed. */
export interface FeedOptions {
  /** The server's `REVOCATION_FEED_KEY`. */
  readonly key: string;
  /**
   * What happens to tokens while the feed is not known to be complete, because nothing has come from it yet,
   * or not for 15 seconds: `ask` asks the server about each, `refuse` refuses all callers with `UNAVAILABLE`,
   * `accept` accepts tokens that are not known to be revoked. `ask` unless set.
   */
  readonly onStale?: "ask" | "refuse" | "accept" | undefined;
}

/** Verifies tokens with the shared secret alone: no server is asked. */
export interface SecretOptions extends GuardExtras {
  /** The server's `JWT_SECRET`. */
  readonly secret: string;
  readonly url?: undefined;
  readonly online?: false | undefined;
  readonly feed?: undefined;
}

export type GuardOptions = ServerOptions | SecretOptions;

/** Either the request's caller, or why the request is refused. */
export type Checked =
  | { readonly caller: Caller; readonly refusal?: undefined }
  | { readonly caller?: undefined; readonly refusal: Refusal };

/** Checks requests. Create one for the whole backend: it caches the server's keys. */
export interface Guard {
  /**
   * Checks a request's token and, if a role or more is demanded, that the caller has it. Never rejects
   * because of what a stranger sent.
   *
   * @example
   * ```ts
   * const { caller, refusal } = await guard.check(request, { role: "admin", requires: "mfa" });
   * ```
   */
  check(request: RequestLike, demand?: Role | Demand): Promise<Checked>;
  /** Stops following the feed, so that the process can end. Without a feed there is nothing to stop. */
  close(): void;
}

/**
 * Creates a guard. It sends no request to the server until the first token arrives.
 *
 * @example
 * ```ts
 * const guard = createGuard({ url: "https://login.example.com" });
 * const { caller, refusal } = await guard.check(request);
 * ```
 */
export function createGuard(options: GuardOptions): Guard {
  const { cookies, online = false, feed: followed, onServerAway = () => {} } = options;
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const url = options.url === undefined ? undefined : String(options.url).replace(/\/+$/, "");
  const issuer = options.issuer?.replace(/\/+$/, "");
  const keys = keysOf(options.secret, url, { fetch, report: onServerAway });
  const askServer = url === undefined ? undefined : createAskServer(url, fetch);
  if ((online || followed) && askServer === undefined)
    throw new Error("With `online` or `feed`, a guard needs the server's `url`");
  if (online && followed) throw new Error("A guard asks `online` or follows the `feed`, not both");
  const feed =
    followed && url !== undefined
      ? followFeed({ url, key: followed.key, fetch, report: onServerAway })
      : undefined;
  const onStale = followed?.onStale ?? "ask";
  const origins = cookies && new Set(cookies.origins);

  /** Whether the server has to be asked about a token of this session. */
  const mustAsk = (sessionId: string): boolean | "invalid" => {
    if (feed === undefined) return online;
    if (feed.hasEnded(sessionId)) return "invalid";
    if (feed.isCurrent() || onStale === "accept") return false;
    if (onStale === "refuse") throw new ServerAway("Nothing has come from the revocation feed");
    return true;
  };

  const identify = async (token: string) => {
    const caller = await readToken(token, keys, issuer);
    if (typeof caller === "string") return caller;
    const asks = mustAsk(caller.sessionId);
    if (asks === "invalid") return asks;
    return asks && askServer !== undefined ? askServer(token, caller) : caller;
  };

  return {
    async check(request, demand = "user") {
      const token = presentedToken(request, origins);
      if (token === undefined) return { refusal: REFUSALS.missing };
      try {
        const caller = await identify(token);
        return typeof caller === "string" ? { refusal: REFUSALS[caller] } : admit(caller, options, demand);
      } catch (error) {
        if (!(error instanceof ServerAway)) throw error;
        // Nothing is known about the token: accepting it would let an attacker in during an outage.
        onServerAway(error);
        return { refusal: REFUSALS.unavailable };
      }
    },
    close() {
      feed?.close();
    },
  };
}

/** Lets an authenticated caller through who meets each of the demands. */
export function admit(caller: Caller, ...demands: readonly (Role | Demand)[]): Checked {
  for (const demand of demands) {
    const { role = "user", requires }: Demand = typeof demand === "string" ? { role: demand } : demand;
    if (!hasRole(caller, role)) return { refusal: REFUSALS.forbidden };
    if (requires === "mfa" && !hasSeveralFactors(caller)) return { refusal: REFUSALS.factor };
  }
  return { caller };
}

function keysOf(
  secret: string | undefined,
  url: string | undefined,
  asking: { readonly fetch: Fetch; readonly report: (reason: unknown) => void },
): Keys {
  if (secret !== undefined) return sharedSecret(secret);
  if (url === undefined)
    throw new Error("A guard needs the server's `url`, or the `secret` that the server signs with");
  return publishedKeys({ url, ...asking });
}
