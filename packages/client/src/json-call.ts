import { TRPCClientError, type TRPCProcedureOptions } from "@trpc/client";
import { type Clock, inTime } from "./clock.js";
import { createOriginHint } from "./origin-hint.js";

/** Sends one request, like the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Where the procedures are, and the `fetch` that sends the requests. */
export interface JsonCallOptions {
  /** The URL of the procedures. */
  readonly url: string;
  readonly fetch: Fetch;
  readonly headers: () => Headers | Promise<Headers>;
  /** How long a call may take, until its answer has been read. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Calls a procedure by its path, with the options that tRPC's client takes. */
export type JsonCall = (
  type: "query" | "mutation",
  path: string,
  input: unknown,
  options?: TRPCProcedureOptions,
) => Promise<unknown>;

/**
 * tRPC over HTTP for JSON, each call in its own request: it carries the token of that moment, does not wait
 * for other calls, can be aborted separately, and has its own status. tRPC's own client and `httpLink` do
 * this too, but also subscribe and send files and forms, and are several times as large.
 */
export function jsonCall({ url, fetch, headers, timeoutMs, clock }: JsonCallOptions): JsonCall {
  const hint = createOriginHint(url);
  const send = async (...[type, path, input, { signal } = {}]: Parameters<JsonCall>): Promise<unknown> => {
    const meta: { response?: Response } = {};
    try {
      const json = input === undefined ? undefined : JSON.stringify(input);
      const all = await headers();
      const init: RequestInit = { headers: all, signal: signal ?? null };
      let to = `${url}/${path}`;
      if (type === "query") to += json === undefined ? "" : `?input=${encodeURIComponent(json)}`;
      else {
        all.set("Content-Type", "application/json");
        Object.assign(init, { method: "POST", body: json });
      }
      meta.response = await fetch(to, init);
      // Safe: only the server answers like that.
      const body = (await meta.response.json()) as { readonly result?: { readonly data: unknown } };
      if (body.result) return body.result.data;
      throw body;
    } catch (cause) {
      if (!meta.response) hint(cause);
      // Safe: `from` reads an error reported by the server, and treats anything else as a failure on the way.
      throw TRPCClientError.from(cause as Error, { meta });
    }
  };
  return (type, path, input, options = {}) =>
    inTime(clock, (signal) => send(type, path, input, { ...options, signal }), {
      limitMs: timeoutMs,
      signal: options.signal,
    });
}
