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
}

/** How a procedure is served over REST. `Code` are the codes it may raise. */
export interface RestBinding<Code extends string = string> {
  readonly method: "GET" | "POST";
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
