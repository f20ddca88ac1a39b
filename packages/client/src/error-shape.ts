import type { TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODE_NUMBER } from "@trpc/server";
import type { ErrorData } from "./api.generated.js";

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
  data: ErrorDetails<Code> & DetailsByCode<Code>;
}

interface ErrorDetails<Code extends string> {
  /** tRPC's name for the status. */
  code: TRPC_ERROR_CODE_KEY;
  httpStatus: number;
  /** The code to branch on: permanent. */
  appCode: Code;
  /** With `INVALID_INPUT`: one fault per field. */
  fields?: readonly FieldFault[];
  /** Whole seconds after which a retry may succeed. */
  retryAfterSeconds?: number;
}

/** One type for each code that carries data: TypeScript knows `next` once you have looked at `appCode`. */
type DetailsByCode<Code extends string> = [Carrying<Code>] extends [never]
  ? unknown
  :
      | (Code extends keyof ErrorData ? { appCode: Code } & CarriedData<Code> : never)
      | ([Bare<Code>] extends [never] ? never : { appCode: Bare<Code> });

/** What an error with this code has in addition. */
export interface CarriedData<Code extends keyof ErrorData> {
  /** What you need to continue. */
  readonly next: ErrorData[Code];
}

/** Those of the codes that carry data. */
export type Carrying<Code extends string> = Extract<Code, keyof ErrorData>;

/** Those of the codes that carry none. */
export type Bare<Code extends string> = Exclude<Code, keyof ErrorData>;
