import { type Fetch, ServerAway } from "./ask.js";
import { type Caller, hasRole, type Role } from "./caller.js";
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
}

/** Verifies tokens with the shared secret alone: no server is asked. */
export interface SecretOptions extends GuardExtras {
  /** The server's `JWT_SECRET`. */
  readonly secret: string;
  readonly url?: undefined;
  readonly online?: false | undefined;
}

export type GuardOptions = ServerOptions | SecretOptions;

/** Either the request's caller, or why the request is refused. */
export type Checked =
  | { readonly caller: Caller; readonly refusal?: undefined }
  | { readonly caller?: undefined; readonly refusal: Refusal };

/** Checks requests. Create one for the whole backend: it caches the server's keys. */
export interface Guard {
  /**
   * Checks a request's token and, if a role is given, that the caller has it. Never rejects because of what a
   * stranger sent.
   */
  check(request: RequestLike, role?: Role): Promise<Checked>;
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
  const { cookies, online = false, onServerAway = () => {} } = options;
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const url = options.url === undefined ? undefined : String(options.url).replace(/\/+$/, "");
  const issuer = options.issuer?.replace(/\/+$/, "");
  const keys = keysOf(options.secret, url, { fetch, report: onServerAway });
  const askServer = online && url !== undefined ? createAskServer(url, fetch) : undefined;
  if (online && askServer === undefined) throw new Error("With `online`, a guard needs the server's `url`");
  const origins = cookies && new Set(cookies.origins);

  const identify = async (token: string) => {
    const caller = await readToken(token, keys, issuer);
    return askServer === undefined || typeof caller === "string" ? caller : askServer(token, caller);
  };

  return {
    async check(request, role = "user") {
      const token = presentedToken(request, origins);
      if (token === undefined) return { refusal: REFUSALS.missing };
      try {
        const caller = await identify(token);
        return typeof caller === "string" ? { refusal: REFUSALS[caller] } : admit(caller, role);
      } catch (error) {
        if (!(error instanceof ServerAway)) throw error;
        // Nothing is known about the token: accepting it would let an attacker in during an outage.
        onServerAway(error);
        return { refusal: REFUSALS.unavailable };
      }
    },
  };
}

/** Lets an authenticated caller through if it has the role. */
export function admit(caller: Caller, role: Role): Checked {
  return hasRole(caller, role) ? { caller } : { refusal: REFUSALS.forbidden };
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
