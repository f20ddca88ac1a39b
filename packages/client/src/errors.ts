import { TRPCClientError, type TRPCClientErrorLike } from "@trpc/client";
import type { ErrorCode } from "./api.generated.js";
import type { ErrorShape } from "./error-shape.js";

interface ErrorTypes<Code extends ErrorCode> {
  errorShape: ErrorShape<Code>;
  transformer: boolean;
}

/**
 * A failure that the server itself reported, as opposed to one on the way to it. `data.appCode` says which.
 */
export type LatchkeyError<Code extends ErrorCode = ErrorCode> = TRPCClientError<ErrorTypes<Code>> & {
  readonly shape: ErrorShape<Code>;
  readonly data: ErrorShape<Code>["data"];
};

/**
 * Whether the server itself reported a failure: then `error.data.appCode` says which, and `error.data.fields`
 * what is wrong with each field. Otherwise it happened on the way: no connection, a proxy's page, an aborted
 * call.
 *
 * An error that carries data has it as `error.data.next`, once you have looked at `error.data.appCode`.
 *
 * An error from `safe()` keeps its procedure's codes. An error from `catch` may have any code; if only one
 * procedure is tried, name it: `isLatchkeyError<ErrorCodeOf<"users.login">>(error)`.
 */
export function isLatchkeyError<Code extends ErrorCode>(
  error: TRPCClientErrorLike<ErrorTypes<Code>> | undefined,
): error is LatchkeyError<Code>;
export function isLatchkeyError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
): error is LatchkeyError<Code>;
export function isLatchkeyError(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  const { data }: { readonly data?: { readonly appCode?: unknown } | null } = error;
  return typeof data?.appCode === "string";
}
