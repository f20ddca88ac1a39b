import { type Fetch, ServerAway } from "./ask.js";
import { type Caller, hasRole, type Role } from "./caller.js";
import { type Keys, publishedKeys, sharedSecret } from "./keys.js";
import { createAskServer } from "./online.js";
import { REFUSALS, type Refusal } from "./refusal.js";
import { presentedToken, type RequestLike } from "./request.js";
import { readToken } from "./token.js";

/** What a guard does besides checking tokens. */
export interface GuardExtras {
  /**
   * Takes the token also from the session cookie, where a request has no Authorization header and comes from a page of
   * this backend's own origin, or of one of `origins` on the same site. Needs `COOKIE_SESSIONS=on` at the server, and
   * the server on the same host as this backend.
   */
  readonly cookies?: { readonly origins: readonly string[] } | undefined;
  /** Told why the Latchkey server could not be asked, also where keys in hand were good enough. */
  readonly onServerAway?: ((reason: unknown) => void) | undefined;
  /** Sends requests to the Latchkey server instead of the global `fetch`. */
  readonly fetch?: Fetch | undefined;
}

/** Checks against a server's published keys, or with `secret` by the secret that it shares. */
export interface ServerOptions extends GuardExtras {
  /** The Latchkey server's base address. */
  readonly url: string | URL;
  /** The server's `JWT_SECRET`, where it has one. */
  readonly secret?: string | undefined;
  /**
   * Asks the server at each request whether the token is still alive, so that a revoked one is refused at once. Without
   * it a token is accepted until it expires.
   */
  readonly online?: boolean | undefined;
}

/** Checks by the shared secret alone: no server is asked. */
export interface SecretOptions extends GuardExtras {
  /** The server's `JWT_SECRET`. */
  readonly secret: string;
  readonly url?: undefined;
  readonly online?: false | undefined;
}

export type GuardOptions = ServerOptions | SecretOptions;

/** Either whose request it is, or why it is not let through. */
export type Checked =
  | { readonly caller: Caller; readonly refusal?: undefined }
  | { readonly caller?: undefined; readonly refusal: Refusal };

/** Checks requests. Make one for the whole backend: it keeps the server's keys. */
export interface Guard {
  /** Checks a request's token and, where a role is named, that the caller has it. Never rejects for what a stranger sent. */
  check(request: RequestLike, role?: Role): Promise<Checked>;
}

/**
 * Creates a guard. It asks the server for nothing until a token comes.
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
  const keys = keysOf(options.secret, url, { fetch, report: onServerAway });
  const askServer = online && url !== undefined ? createAskServer(url, fetch) : undefined;
  if (online && askServer === undefined) throw new Error("A guard needs the server's address to ask it");
  const origins = cookies && new Set(cookies.origins);

  const identify = async (token: string) => {
    const caller = await readToken(token, keys);
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
        // Nothing is known of the token: letting it in would make an outage a way in.
        onServerAway(error);
        return { refusal: REFUSALS.unavailable };
      }
    },
  };
}

/** Lets a known caller through where it has the role. */
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
    throw new Error("A guard needs the server's address, or the secret that it signs with");
  return publishedKeys({ url, ...asking });
}
