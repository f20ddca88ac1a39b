/** A further path that leads to the same procedure. */
export interface RestAlias {
  readonly path: `/api/${string}`;
  readonly deprecated?: true;
}

/** What a REST path has promised to answer for one error. */
export interface RestAnswer {
  readonly status: number;
  /** The `detail` of the body; the error's own message unless given. */
  readonly detail?: string;
  /** Answers as where this key of the input does not fit. */
  readonly field?: string;
}

/** Where the paths begin whose bodies are in camelCase and whose errors are `{"error":{"code","message",…}}`. */
export const PLAIN_PATHS = "/api/v1/";

/**
 * How a procedure is served over REST. `Code` are the codes it may raise.
 *
 * Input comes from the path (`/api/v1/sessions/{id}`: the segment is the input's key `id`), and the rest of it from the
 * query for GET and DELETE, from a JSON body for POST and PATCH. A body is read only where input is left for it.
 */
export interface RestBinding<Code extends string = string> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: `/api/${string}`;
  readonly aliases?: readonly RestAlias[];
  /** Input that comes in request headers: the input's key to the header's name in lower case. The body is then never read. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Dresses the output as `{"success":true,"message":<this>,"data":<output>}`. */
  readonly envelope?: string;
  /** The status for input that does not fit; 422 unless given. */
  readonly invalidInputStatus?: 400;
  /** Answers that this path has promised and that differ from the errors' own. */
  readonly errors?: { readonly [C in Code]?: RestAnswer };
}
