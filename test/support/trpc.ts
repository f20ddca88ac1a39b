import type { TestServer } from "./server.js";

export interface TrpcAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
  readonly json: any;
}

interface Sent {
  readonly input?: unknown;
  readonly token?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** Calls a procedure by tRPC's HTTP protocol: a mutation by POST, a query by GET. */
export async function call(
  server: Pick<TestServer, "url">,
  kind: "query" | "mutation",
  path: string,
  { input, token, body, headers = {} }: Sent = {},
): Promise<TrpcAnswer> {
  const response = await fetch(`${server.url}/trpc/${path}`, {
    method: kind === "query" ? "GET" : "POST",
    headers: {
      ...(kind === "mutation" && { "Content-Type": "application/json" }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(kind === "mutation" && { body: body ?? JSON.stringify(input ?? {}) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}
