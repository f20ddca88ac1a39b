import type { TRPCProcedureOptions } from "@trpc/client";
import type { Rpc } from "./api.generated.js";
import { byName } from "./by-name.js";
import { type Clock, deviceClock } from "./clock.js";
import { type Fetch, jsonCall } from "./json-call.js";

/** How the procedures of a server are reached. */
export interface RpcOptions {
  /** The server's base URL, such as `http://localhost:8000`; `/trpc` is appended. */
  readonly url: string | URL;
  /**
   * The bearer token, or a function that is called for it with every call. Without one, calls carry no
   * credentials.
   */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Sends the requests; the global `fetch` by default. */
  readonly fetch?: Fetch | undefined;
  /**
   * Additional headers, or a function that is called for them with every call. `token` overrides
   * `Authorization`.
   */
  readonly headers?: ExtraHeaders | (() => ExtraHeaders | Promise<ExtraHeaders>) | undefined;
  /**
   * How long a call may take before it fails as if the server could not be reached; 30 seconds by default. A
   * server that is stuck keeps the connection and never answers.
   */
  readonly timeoutMs?: number | undefined;
  /** Replaces the device's clock and timers in tests. */
  readonly clock?: Clock | undefined;
}

const TIMEOUT_MS = 30_000;

/** Request headers by name. */
export type ExtraHeaders = Readonly<Record<string, string>>;

/**
 * A server's procedures, typed, and nothing else: no session is kept. For programs that get a token from
 * elsewhere or need none.
 *
 * @example
 * ```ts
 * const rpc = createRpc({ url: "http://localhost:8000", token: "eyJ…" });
 * const profile = await rpc.users.me.query();
 * ```
 */
export function createRpc(options: RpcOptions): Rpc {
  const { url, token, fetch, headers, timeoutMs = TIMEOUT_MS, clock = deviceClock } = options;
  if (!(timeoutMs > 0)) throw new TypeError("`timeoutMs` must be positive");
  const call = jsonCall({
    url: trpcUrl(url),
    fetch: fetch ?? ((to, init) => globalThis.fetch(to, init)),
    async headers() {
      const all = new Headers(await resolve(headers));
      const bearer = await resolve(token);
      if (bearer !== undefined) all.set("Authorization", `Bearer ${bearer}`);
      return all;
    },
    timeoutMs,
    clock,
  });
  const procedure = (path: string) => ({
    query: (input?: unknown, options?: TRPCProcedureOptions) => call("query", path, input, options),
    mutate: (input?: unknown, options?: TRPCProcedureOptions) => call("mutation", path, input, options),
  });
  // Safe: each path leads to what the types promise, and the server refuses one that it does not have.
  return byName((namespace) => byName((name) => procedure(`${namespace}.${name}`))) as unknown as Rpc;
}

/** Where a server's procedures are. */
export function trpcUrl(url: string | URL): string {
  return `${baseOf(url)}/trpc`;
}

/** A server's URL without slashes at the end. */
export function baseOf(url: string | URL): string {
  return String(url).replace(/\/+$/, "");
}

function resolve<Value extends string | ExtraHeaders | undefined>(
  given: Value | (() => Value | Promise<Value>),
): Value | Promise<Value> {
  return typeof given === "function" ? given() : given;
}
