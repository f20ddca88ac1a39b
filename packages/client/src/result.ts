import { TRPCClientError } from "@trpc/client";
import type { ErrorData } from "./api.generated.js";
import type { Bare, CarriedData, Carrying, FieldFault } from "./error-shape.js";
import { isLatchkeyError } from "./errors.js";
import type { Steps } from "./sign-in.js";

/** The result of a verb: data or an error; `if (error)` tells TypeScript which. */
export type Result<Data, Code extends string> =
  | { readonly data: Data; readonly error: null }
  | Failed<Code | "NETWORK">;

/**
 * An expected failure with one of these codes. One whose code carries data has it as `next`, which TypeScript
 * knows as soon as you have looked at the code: `if (error.code === "…") error.next`.
 */
export type ClientErrorOf<Code extends string> = Failed<Code>["error"];

type Failed<Code extends string> = {
  readonly data: null;
  readonly error: ClientError<Code>;
} & FailedByCode<Code>;

/** One type for each code that carries data: TypeScript knows `next` once you have looked at `code`. */
type FailedByCode<Code extends string> = [Carrying<Code>] extends [never]
  ? unknown
  :
      | (Code extends keyof ErrorData ? { readonly error: { readonly code: Code } & Carried<Code> } : never)
      | ([Bare<Code>] extends [never] ? never : { readonly error: { readonly code: Bare<Code> } });

/** Where a sign-in goes on, `next` does so. */
type Carried<Code extends keyof ErrorData> = Code extends keyof Steps
  ? { readonly next: Steps[Code] }
  : CarriedData<Code>;

/** An expected failure. */
export class ClientError<Code extends string = string> extends Error {
  override readonly name = "ClientError";
  /**
   * The code to branch on: the server's own, `NETWORK` if the server was not reached or something else
   * answered in its place, or `COOKIE_SESSIONS_OFF` if a cookie was asked for and not set. A newer server may
   * send other codes, so keep a `default` in a `switch`.
   */
  readonly code: Code;
  /** With `INVALID_INPUT`: one fault per field; `fieldErrors(error)` returns them by name. */
  readonly fields: readonly FieldFault[];
  /** Whole seconds after which a retry may succeed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: Code,
    message: string,
    { cause, fields = [], retryAfterSeconds, next }: ClientErrorDetails = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.fields = fields;
    this.retryAfterSeconds = retryAfterSeconds;
    // Not a property of the class: only the errors of `ClientErrorOf` that carry data have it.
    if (next !== undefined) Object.assign(this, { next });
  }
}

interface ClientErrorDetails {
  readonly cause?: unknown;
  readonly fields?: readonly FieldFault[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly next?: unknown;
}

/** What errors carry from the server, as far as the client itself knows it. */
export type Sent = { readonly ticket?: string; readonly factors?: readonly string[] } | undefined;

/** Completes it by what can be done with it. */
type Complete = (sent: Sent) => unknown;

/**
 * Returns an expected failure as a value. Anything that is not the failure of a call is a bug, and is thrown.
 */
export async function attempt<Data, Code extends string>(
  call: Promise<Data>,
  complete: Complete = (sent) => sent,
): Promise<Result<Data, Code>> {
  try {
    return { data: await call, error: null };
  } catch (error) {
    // Safe: a procedure fails with its own codes, and sends the data of each.
    return { data: null, error: clientError(error, complete) } as Failed<Code | "NETWORK">;
  }
}

function clientError(error: unknown, complete: Complete): ClientError {
  if (error instanceof ClientError) return error;
  if (isLatchkeyError(error)) {
    const { data }: { readonly data: { readonly appCode: string; readonly next?: Sent } } = error;
    const next = complete(data.next);
    return new ClientError(data.appCode, error.message, { ...data, next, cause: error });
  }
  if (!(error instanceof TRPCClientError)) throw error;
  return new ClientError("NETWORK", "The server could not be reached.", { cause: error });
}
