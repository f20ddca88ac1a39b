import { TRPCError } from "@trpc/server";
import type { Caller, Demand, Role } from "./caller.js";
import { admit, type Checked, type Guard } from "./guard.js";
import type { Refusal } from "./refusal.js";
import type { RequestLike } from "./request.js";

const CODES = { 401: "UNAUTHORIZED", 403: "FORBIDDEN", 503: "SERVICE_UNAVAILABLE" } as const;

/** The cause of the `TRPCError` of a refused call, for your error formatter. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/**
 * The caller of a call; throws a `TRPCError` if there is no caller, or none with this role or meeting this
 * demand.
 */
export type Authenticate = (demand?: Role | Demand) => Promise<Caller>;

/**
 * For a router's context: checks the request once, when the first of its calls asks.
 *
 * @example
 * ```ts
 * const createContext = ({ req }: CreateHTTPContextOptions) => ({ authenticate: authenticator(guard, req) });
 * const t = initTRPC.context<typeof createContext>().create();
 * const signedIn = t.procedure.use(async ({ ctx, next }) => next({ ctx: { caller: await ctx.authenticate() } }));
 * const admin = t.procedure.use(async ({ ctx, next }) => next({ ctx: { caller: await ctx.authenticate("admin") } }));
 * ```
 */
export function authenticator(guard: Pick<Guard, "check">, request: RequestLike): Authenticate {
  let checking: Promise<Checked> | undefined;
  return async (demand = "user") => {
    checking ??= guard.check(request);
    const checked = await checking;
    const { caller, refusal } = checked.caller === undefined ? checked : admit(checked.caller, demand);
    if (refusal === undefined) return caller;
    const { status, message } = refusal;
    throw new TRPCError({ code: CODES[status], message, cause: new CallRefused(refusal) });
  };
}
