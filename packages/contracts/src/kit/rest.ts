/** Another path to the same procedure. */
export interface RestAlias {
  readonly path: `/api/${string}`;
  /** Its name in the OpenAPI document, after which generated clients call it. */
  readonly operationId: string;
  readonly deprecated?: true;
}

/** What a REST path promises to answer to one error. */
export interface RestAnswer {
  readonly status: number;
  /** The `detail` of the body; the error's own message if left out. */
  readonly detail?: string;
  /** Answers as if this key of the input were invalid. */
  readonly field?: string;
  /** Names what a list of the error's data contains in a header of the answer, as far as it has a name there. */
  readonly lists?: RestList;
}

/** A header that says what a list contains. */
export interface RestList {
  readonly header: string;
  /** The key of the error's data that holds the list. */
  readonly key: string;
  readonly names: Readonly<Record<string, string>>;
}

/**
 * The prefix of the paths whose bodies are in camelCase and whose errors are
 * `{"error":{"code","message",…}}`.
 */
export const PLAIN_PATHS = "/api/v1/";

/**
 * How a procedure is served over REST. `Code` is the union of the codes it may raise.
 *
 * Input comes from the path (in `/api/v1/sessions/{id}` the segment is the input's key `id`). The rest comes
 * from the query for GET and DELETE, and from a JSON body for POST and PATCH. If no input is left, the body
 * is not read.
 */
export interface RestBinding<Code extends string = string> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: `/api/${string}`;
  readonly aliases?: readonly RestAlias[];
  /**
   * Input that comes in request headers: the input's key mapped to the header's name in lower case. The body
   * is then never read.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that are not input and that the server reads all the same: their names, and what they mean. */
  readonly alsoReads?: Readonly<Record<string, string>>;
  /** Wraps the output as `{"success":true,"message":<this>,"data":<output>}`. */
  readonly envelope?: string;
  /** The status for invalid input; 422 if left out. */
  readonly invalidInputStatus?: 400;
  /** Answers that this path promises and that differ from the errors' own. */
  readonly errors?: { readonly [C in Code]?: RestAnswer };
}
