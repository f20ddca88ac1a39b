import type { Caller, Demand, Role } from "./caller.js";
import { admit, type Guard } from "./guard.js";
import { answerOf, type Refusal } from "./refusal.js";
import type { NodeHeaders } from "./request.js";

/** The parts used of a request of Node's `http`, Express or Connect. */
export interface NodeRequest {
  readonly headers: NodeHeaders;
}

/** The parts used of its response. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** A middleware as Express 4 and 5 and Connect call it. */
export type Middleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/** A guard as middleware. */
export interface ExpressGuard {
  /** Lets authenticated requests pass and answers all others. */
  readonly requireCaller: Middleware;
  /**
   * Lets requests of callers with this role pass and answers all others. A request that was already checked
   * is not checked again.
   */
  requireRole(role: Role): Middleware;
  /** The same for callers who signed in with a second factor, and have the role if one is given. */
  requireMfa(role?: Role): Middleware;
  /** The caller of a request, after one of the two; throws elsewhere. */
  callerOf(request: NodeRequest): Caller;
}

/**
 * Turns a guard into middleware.
 *
 * @example
 * ```ts
 * const { requireCaller, requireRole, callerOf } = expressGuard(guard);
 * app.get("/notes", requireCaller, (request, response) => response.json(notesOf(callerOf(request).id)));
 * app.delete("/notes", requireRole("admin"), …);
 * ```
 */
export function expressGuard(guard: Pick<Guard, "check">): ExpressGuard {
  const callers = new WeakMap<NodeRequest, Caller>();

  const check = async (request: NodeRequest, demand: Demand) => {
    const known = callers.get(request);
    const { caller, refusal } =
      known === undefined ? await guard.check(request, demand) : admit(known, demand);
    if (caller !== undefined) callers.set(request, caller);
    return refusal;
  };
  const require = (demand: Demand): Middleware => {
    return (request, response, next) => {
      check(request, demand).then(
        (refusal) => (refusal === undefined ? next() : send(response, refusal)),
        next,
      );
    };
  };

  return {
    requireCaller: require({}),
    requireRole: (role) => require({ role }),
    requireMfa: (role) => require({ role, requires: "mfa" }),
    callerOf(request) {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error("There is no caller: put requireCaller before this handler");
      return caller;
    },
  };
}

function send(response: NodeResponse, refusal: Refusal): void {
  const { status, headers, body } = answerOf(refusal);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
