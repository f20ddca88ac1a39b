import type { IncomingMessage } from "node:http";

/**
 * A page that is served beside the procedures, as data: features return theirs, and `http` serves them all in
 * the same way.
 */
export interface Mount {
  /** Exactly this path, such as `/.well-known/jwks.json`; it answers GET and HEAD. */
  readonly path: string;
  /**
   * `undefined` gets the same response as a page that does not exist. An `AppError` is answered in the format of
   * the path.
   */
  answer(request: IncomingMessage): Answer | undefined | Promise<Answer | undefined>;
}

/** A mount's response: a JSON value, or a body or stream with its type among the headers. */
export type Answer = {
  /** 200 unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly json: unknown }
  | { readonly body: string | Buffer }
  /** Called once the head may be sent, even if the client has left by then, but not for HEAD. */
  | { readonly stream: (outlet: Outlet) => void }
);

/** Where a response that goes on is written to. */
export interface Outlet {
  /** A client that lets too much wait is cut off. */
  write(text: string): void;
  /** Resolves when the client has taken what was written, or has left. */
  taken(): Promise<void>;
  end(): void;
  /** Called once, when the response has ended or the client has left; at once if it already has. */
  onClose(closed: () => void): void;
}

/** A JSON value that does not change, rendered once: all requests are answered from the same bytes. */
export function renderedJson(json: unknown, headers: Answer["headers"] = {}): Answer {
  const type = { "Content-Type": "application/json; charset=utf-8" };
  return { headers: { ...type, ...headers }, body: Buffer.from(JSON.stringify(json)) };
}
