import type { Caller, Demand } from "./caller.js";
import type { Guard } from "./guard.js";
import { answerOf, type Refusal } from "./refusal.js";

/** Answers a request that was let through; `rest` is whatever else the framework passes. */
export type CallerHandler<Rest extends readonly unknown[]> = (
  request: Request,
  caller: Caller,
  ...rest: Rest
) => Response | Promise<Response>;

/**
 * A fetch handler that serves only authenticated callers, and of those only the ones who meet the demand:
 * with that `role`, or who `requires: "mfa"` signed in with a second factor.
 *
 * @example
 * ```ts
 * export const GET = protect(guard, async (request, caller) => Response.json({ hello: caller.username }));
 * ```
 */
export function protect<Rest extends readonly unknown[]>(
  guard: Pick<Guard, "check">,
  handler: CallerHandler<Rest>,
  demand: Demand = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const { caller, refusal } = await guard.check(request, demand);
    return refusal === undefined ? handler(request, caller, ...rest) : refuse(refusal);
  };
}

/** A refusal as the answer to a request. */
export function refuse(refusal: Refusal): Response {
  const { body, status, headers } = answerOf(refusal);
  return new Response(body, { status, headers });
}
