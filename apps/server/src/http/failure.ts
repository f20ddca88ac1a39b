import type { Failure } from "@latchkey/bridge";
import { commonErrors } from "@latchkey/contracts/kit/errors";
import { AppError, toAnswerable } from "../error.js";
import type { Context } from "../rpc/context.js";
import { InputError } from "../rpc/failure.js";
import type { Log } from "../world/log.js";

/** Explains what a procedure threw. Unexpected errors are logged, and nothing of them is sent. */
export function explain(
  thrown: unknown,
  { requestId, traceparent }: Partial<Pick<Context, "requestId" | "traceparent">>,
  log: Log,
): Failure {
  const request = {
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
  };
  const error = toAnswerable(thrown);
  if (error instanceof InputError) return { kind: "invalid", issues: error.issues, input: error.input };
  if (error instanceof AppError) {
    const { definition, retryAfterSeconds, data, cause } = error;
    if (cause !== undefined) log("error", "call failed", { ...request, code: definition.code, error: cause });
    return {
      kind: "raised",
      definition,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(data !== undefined && { data }),
    };
  }
  log("error", "call failed", { ...request, code: commonErrors.INTERNAL.code, error });
  return { kind: "raised", definition: commonErrors.INTERNAL };
}
