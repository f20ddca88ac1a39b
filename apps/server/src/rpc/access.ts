import { type ErrorDefinition, findError } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { AppError } from "../error.js";
import type { Context } from "./context.js";
import type { Guard, Principal } from "./principal.js";

/** Checks who may call a procedure, and throws if the caller may not; `undefined` if anyone may. */
export function accessTo<P extends Principal>(
  { access, recent, raises, session }: ProcedureContract,
  { authenticate, isRecent }: Guard<P>,
): ((context: Context) => Promise<P>) | undefined {
  if (access === "public" || access === "bearer") return undefined;
  // Every principal may manage its own account, and all principals are sessions.
  const needed = access === "session" || access === "account" ? undefined : access;
  const forbidden = needed === undefined ? undefined : declared(raises, "FORBIDDEN");
  const stale = recent ? declared(raises, "REAUTHENTICATION_REQUIRED") : undefined;
  const ends = session !== undefined && "ends" in session && !recent;
  const purpose = ends ? ("to end the session" as const) : undefined;
  if (forbidden === undefined && stale === undefined) return (context) => authenticate(context, purpose);
  return async (context) => {
    const principal = await authenticate(context, purpose);
    if (needed !== undefined && forbidden !== undefined && !principal.permissions.has(needed)) {
      throw new AppError(forbidden);
    }
    if (stale !== undefined && !isRecent(principal)) throw new AppError(stale);
    return principal;
  };
}

/** The error with this code; `contract()` has checked that it is among those that are raised. */
function declared(raises: ProcedureContract["raises"], code: string): ErrorDefinition {
  const definition = findError(raises, code);
  if (definition === undefined) throw new Error(`${code} is not declared`);
  return definition;
}
