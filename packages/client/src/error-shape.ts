import type { TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODE_NUMBER } from "@trpc/server";

/** What is wrong with one field of an input. */
export interface FieldFault {
  /** Where it lies: `["email"]`. Empty where the input as a whole is wrong. */
  readonly path: ReadonlyArray<string | number>;
  /** A sentence for people. */
  readonly message: string;
}

/** What the server tells about a failed call. */
export interface ErrorShape<Code extends string> {
  /** A sentence for people. */
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
    /** Whole seconds after which a repetition may succeed. */
    retryAfterSeconds?: number;
  };
}
