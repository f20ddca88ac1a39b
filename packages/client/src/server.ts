// @trpc/server's declarations name `Disposable`, which a project may not have among its libraries.
/// <reference lib="esnext.disposable" preserve="true" />
import type { AuthUser, Rpc } from "./api.generated.js";
import { isTokenRefused } from "./authorized-fetch.js";
import { COOKIES_OFF } from "./cookie-keeper.js";
import { isRefusal } from "./failure.js";
import type { ErrorCodeOf } from "./inference.js";
import type { Fetch } from "./json-call.js";
import { refreshKeyOf } from "./refresh-key.js";
import { attempt, ClientError, type Result } from "./result.js";
import { createRpc, type ExtraHeaders } from "./rpc.js";
import { type CookieToSet, cookieSetBy, DEVICE_COOKIE, SESSION_COOKIE } from "./set-cookie.js";

export type * from "./api.generated.js";
export type { Fetch } from "./json-call.js";
export { ClientError, type Result } from "./result.js";
export type { ExtraHeaders } from "./rpc.js";
export type { CookieToSet } from "./set-cookie.js";

/** The cookies of the request being answered, as web frameworks provide them. */
export interface ServerCookies {
  /** All cookies that the browser sent. */
  getAll(): CookieList | PromiseLike<CookieList>;
  /** Puts cookies into the answer. Leave it out if the answer cannot carry any: then nothing is refreshed. */
  setAll?: ((cookies: readonly CookieToSet[]) => unknown) | undefined;
}

type CookieList = readonly { readonly name: string; readonly value: string }[];

export interface ServerClientOptions {
  /** The server's base URL, as this machine reaches it. */
  readonly url: string | URL;
  readonly cookies: ServerCookies;
  /**
   * Additional headers that tell the server about the browser, such as `X-Forwarded-For` and `User-Agent`.
   */
  readonly headers?: ExtraHeaders | undefined;
  /** Sends the requests; the global `fetch` by default. */
  readonly fetch?: Fetch | undefined;
  /**
   * At least 32 random characters, the same on all your rendering servers: `openssl rand -hex 32`. Only they
   * can repeat a refresh, so a copied cookie that is used after one is detected.
   */
  readonly secret: string;
  /**
   * How long a call may take before it fails as if the server could not be reached; 5 seconds by default. A
   * page that is being rendered must not wait for a server that is stuck.
   */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 5000;

/** A client for one request being answered, using the session in its cookie. */
export interface ServerClient {
  /**
   * The server's procedures, called with that session. New tokens that they return go into the answer's
   * cookie. Failures are thrown; `safe()` returns them as values.
   */
  readonly rpc: Rpc;
  /** Asks the server who is signed in; without a cookie, no request is sent. */
  getUser(): Promise<Result<AuthUser, ErrorCodeOf<"auth.verify">>>;
}

/**
 * Creates a client for one request being answered: never share it between requests.
 *
 * @example
 * ```ts
 * const { getUser } = createServerClient({ url, secret, cookies: await cookies() });
 * const { data: user } = await getUser();
 * ```
 */
export function createServerClient(options: ServerClientOptions): ServerClient {
  const { url, cookies, headers, secret, timeoutMs = TIMEOUT_MS } = options;
  checkSecret(secret);
  const fetch = options.fetch ?? ((to: string, init: RequestInit) => globalThis.fetch(to, init));
  let brought: Promise<CookieList> | undefined;
  let found: Promise<string | undefined> | undefined;
  let refreshing: Promise<void> | undefined;

  const read = async (name: string) => {
    brought ??= (async () => cookies.getAll())();
    return valueIn(await brought, name);
  };
  const token = () => {
    found ??= read(SESSION_COOKIE);
    return found;
  };

  const keep = async (cookie: CookieToSet) => {
    if (cookies.setAll !== undefined) await cookies.setAll([cookie]);
    else if (cookie.value !== "") throw new Error("A session began where no cookie can be set: pass setAll");
    found = Promise.resolve(cookie.value || undefined);
  };

  /**
   * Like a page of the server's own in an old browser that sends no metadata: with the header, and without an
   * origin.
   */
  const send: Fetch = async (to, init) => {
    const all = new Headers(init.headers);
    const carried = Object.entries({
      [SESSION_COOKIE]: await token(),
      [DEVICE_COOKIE]: await read(DEVICE_COOKIE),
    });
    all.set("Latchkey-Session", "cookie");
    const cookie = carried.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    if (cookie.length > 0) all.set("Cookie", cookie.join("; "));
    // Some frameworks' `fetch` caches answers, and these belong to one user.
    const more: RequestInit & { readonly cache: "no-store" } = { ...init, headers: all, cache: "no-store" };
    const answer = await fetch(to, more);
    const trusted = cookieSetBy(answer, DEVICE_COOKIE);
    if (trusted !== undefined) await cookies.setAll?.([trusted]);
    const session = cookieSetBy(answer);
    if (session !== undefined) await keep(session);
    else if (init.method === "POST" && (await hasToken(answer))) throw new Error(COOKIES_OFF);
    return answer;
  };

  const open = createRpc({ url, headers, timeoutMs, fetch: send });
  const refresh = async (value: string) => {
    await open.users.refreshToken.mutate({ idempotencyKey: await refreshKeyOf(value, secret) });
  };

  const authorized: Fetch = async (to, init) => {
    const value = await token();
    const answer = await send(to, init);
    if (value === undefined || cookies.setAll === undefined || !(await isTokenRefused(answer))) return answer;
    try {
      // Calls that were refused together share one refresh.
      refreshing ??= refresh(value);
      await refreshing;
    } catch (error) {
      if (isRefusal(error)) return answer;
      refreshing = undefined;
      throw error;
    }
    return send(to, init);
  };

  const rpc = createRpc({ url, headers, timeoutMs, fetch: authorized });
  return {
    rpc,
    getUser: () =>
      attempt(
        (async () => {
          if ((await token()) === undefined) throw new ClientError("TOKEN_MISSING", "No user is signed in.");
          return rpc.auth.verify.query();
        })(),
      ),
  };
}

/** As the server reads it: of several cookies of that name at least one was planted, so none is accepted. */
function valueIn(cookies: CookieList, wanted: string): string | undefined {
  const [own, ...others] = cookies.filter(({ name }) => name === wanted);
  return others.length === 0 && VALUE.test(own?.value ?? "") ? own?.value : undefined;
}

/** The characters of a JSON Web Token, and of a trusted device's secret. */
const VALUE = /^[A-Za-z0-9_.-]+$/;

const MIN_SECRET_LENGTH = 32;

/** Without a secret, an attacker with a copied token could compute the key of its refresh. */
function checkSecret(secret: unknown): void {
  if (typeof secret === "string" && secret.length >= MIN_SECRET_LENGTH) return;
  throw new TypeError(
    `createServerClient needs a \`secret\` of at least ${MIN_SECRET_LENGTH} characters, the same on all ` +
      "your servers. Create one with: openssl rand -hex 32",
  );
}

/** Whether an answer contains a token although a cookie was asked for. */
async function hasToken(answer: Response): Promise<boolean> {
  return answer.ok && /"(access_)?token":"[^"]/.test(await answer.clone().text());
}
