import type { TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODE_NUMBER } from "@trpc/server";

/** What is wrong with one field of an input. */
export interface FieldFault {
  /** Its path in the input: `["email"]`. Empty if the input as a whole is wrong. */
  readonly path: ReadonlyArray<string | number>;
  /** A sentence to show to the user. */
  readonly message: string;
}

/** What the server reports about a failed call. */
export interface ErrorShape<Code extends string> {
  /** A sentence to show to the user. */
  message: string;
  /** JSON-RPC's number for `data.code`. */
  code: TRPC_ERROR_CODE_NUMBER;
  data: {
    /** tRPC's name for the status. */
    code: TRPC_ERROR_CODE_KEY;
    httpStatus: number;
    /** The code to branch on: permanent. */
    appCode: Code;
    /** With `INVALID_INPUT`: one fault per field. */
    fields?: readonly FieldFault[];
    /** Whole seconds after which a retry may succeed. */
    retryAfterSeconds?: number;
  };
}
