import { createTRPCClient, httpLink } from "@trpc/client";
import type { AppRouter, Rpc } from "./api.generated.js";

/** How a client reaches its server. */
export interface ClientOptions {
  /** The server's base address, such as `http://localhost:8000`; `/trpc` is appended. */
  readonly url: string | URL;
  /** The bearer token, or a function that is asked for it at every call. Without one, calls go without credentials. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Sends the requests; the global `fetch` unless given. */
  readonly fetch?: Fetch | undefined;
  /** Further headers, or a function that is asked for them at every call. `token` decides over `Authorization`. */
  readonly headers?: ExtraHeaders | (() => ExtraHeaders | Promise<ExtraHeaders>) | undefined;
}

/** Request headers by their names. */
export type ExtraHeaders = Readonly<Record<string, string>>;

/** Sends one request, as the global `fetch` does. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A typed client of one server. */
export interface Client {
  /** The server's procedures: `client.rpc.users.login.mutate({ email, password })`. */
  readonly rpc: Rpc;
}

/**
 * Creates a client. It sends nothing until a procedure is called, and keeps nothing but its options.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "http://localhost:8000", token: () => localStorage.token });
 * const profile = await client.rpc.users.me.query();
 * ```
 */
export function createClient({ url, token, fetch, headers }: ClientOptions): Client {
  // One request per call, no batches: each call carries the token of its own moment, no call waits for the password
  // that is being hashed for another, each can be aborted, and its status and `Retry-After` are its own.
  const link = httpLink<AppRouter>({
    url: `${String(url).replace(/\/+$/, "")}/trpc`,
    ...(fetch !== undefined && {
      // Safe: tRPC's own type for what it sends is `RequestInit` but for an `undefined` spelled out.
      fetch: (address, init) => fetch(String(address), init as RequestInit),
    }),
    async headers() {
      const all = new Headers(await resolve(headers));
      const bearer = await resolve(token);
      if (bearer !== undefined) all.set("Authorization", `Bearer ${bearer}`);
      return all;
    },
  });
  return { rpc: createTRPCClient<AppRouter>({ links: [link] }) };
}

function resolve<Value extends string | ExtraHeaders | undefined>(
  given: Value | (() => Value | Promise<Value>),
): Value | Promise<Value> {
  return typeof given === "function" ? given() : given;
}
