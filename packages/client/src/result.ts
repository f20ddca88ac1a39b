import { TRPCClientError } from "@trpc/client";
import type { FieldFault } from "./error-shape.js";
import { isLatchkeyError } from "./errors.js";

/** The result of a verb: data or an error; `if (error)` tells TypeScript which. */
export type Result<Data, Code extends string> =
  | { readonly data: Data; readonly error: null }
  | { readonly data: null; readonly error: ClientError<Code | "NETWORK"> };

/** An expected failure. */
export class ClientError<Code extends string = string> extends Error {
  override readonly name = "ClientError";
  /**
   * The code to branch on: the server's own, or `NETWORK` if the server was not reached or something else
   * answered in its place. A newer server may send other codes, so keep a `default` in a `switch`.
   */
  readonly code: Code;
  /** With `INVALID_INPUT`: one fault per field; `fieldErrors(error)` returns them by name. */
  readonly fields: readonly FieldFault[];
  /** Whole seconds after which a retry may succeed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: Code,
    message: string,
    { cause, fields = [], retryAfterSeconds }: ClientErrorDetails = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.fields = fields;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

interface ClientErrorDetails {
  readonly cause?: unknown;
  readonly fields?: readonly FieldFault[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Returns an expected failure as a value. Anything that is not the failure of a call is a bug, and is thrown.
 */
export async function attempt<Data, Code extends string>(call: Promise<Data>): Promise<Result<Data, Code>> {
  try {
    return { data: await call, error: null };
  } catch (error) {
    // Safe: a procedure fails with its own codes.
    return { data: null, error: clientError(error) as ClientError<Code | "NETWORK"> };
  }
}

function clientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  if (isLatchkeyError(error)) {
    const { appCode, fields, retryAfterSeconds } = error.data;
    return new ClientError(appCode, error.message, { cause: error, fields, retryAfterSeconds });
  }
  if (!(error instanceof TRPCClientError)) throw error;
  return new ClientError("NETWORK", "The server could not be reached.", { cause: error });
}
