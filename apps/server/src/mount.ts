import type { IncomingMessage } from "node:http";

/**
 * A page that is served beside the procedures, as data: features return theirs, and `http` serves them all in
 * the same way.
 */
export interface Mount {
  /** Exactly this path, such as `/.well-known/jwks.json`; it answers GET and HEAD. */
  readonly path: string;
  /** `undefined` gets the same response as a page that does not exist. */
  answer(request: IncomingMessage): Answer | undefined | Promise<Answer | undefined>;
}

/** A mount's response: a JSON value, or a body with its type among the headers. */
export type Answer = {
  /** 200 unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
} & ({ readonly json: unknown } | { readonly body: string | Buffer });

/** A JSON value that does not change, rendered once: all requests are answered from the same bytes. */
export function renderedJson(json: unknown, headers: Answer["headers"] = {}): Answer {
  const type = { "Content-Type": "application/json; charset=utf-8" };
  return { headers: { ...type, ...headers }, body: Buffer.from(JSON.stringify(json)) };
}
