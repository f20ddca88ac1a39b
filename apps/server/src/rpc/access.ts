import { type AnyErrorDefinition, type ErrorDefinition, findError } from "@latchkey/contracts/kit/errors";
import type { Permission } from "@latchkey/contracts/kit/permission";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { type Change, ChangeRefused } from "../database/change.js";
import { AppError } from "../error.js";
import type { Context } from "./context.js";
import type { Guard, Principal } from "./principal.js";

/** Checks who may call a procedure, and throws if the caller may not; `undefined` if anyone may. */
export function accessTo<P extends Principal>(
  { access, recent, raises, session }: ProcedureContract,
  { authenticate, enrolling, isRecent, provableBy }: Guard<P>,
): ((context: Context) => Promise<P | Principal>) | undefined {
  if (access === "public" || access === "bearer") return undefined;
  const needed = permissionFor(access);
  const forbidden = needed === undefined ? undefined : declared(raises, "FORBIDDEN");
  const stale = recent ? declaredAny(raises, "REAUTHENTICATION_REQUIRED") : undefined;
  const ends = session !== undefined && "ends" in session && !recent;
  const purpose = ends ? ("to end the session" as const) : undefined;
  const find = (context: Context): Promise<P | Principal> =>
    access === "enrolment" && enrolling !== undefined ? enrolling(context) : authenticate(context, purpose);
  if (forbidden === undefined && stale === undefined) return find;
  return async (context) => {
    const principal = await find(context);
    if (needed !== undefined && forbidden !== undefined && !principal.permissions.has(needed)) {
      throw new AppError(forbidden);
    }
    if (stale !== undefined && !isRecent(principal)) {
      // Safe: that is what its data is; one that is declared without any takes none.
      throw new AppError(stale, { data: { factors: (await provableBy?.(principal)) ?? [] } } as never);
    }
    return principal;
  };
}

/**
 * What everything depends on that a principal changes by a permission: that it still has it when the change is
 * committed. `undefined` if the procedure needs none.
 */
export function permittedBy<P extends Principal>(
  { access, raises }: ProcedureContract,
  { requiring }: Pick<Guard<P>, "requiring">,
): Permitted<P> | undefined {
  if (permissionFor(access) === undefined) return undefined;
  const over = declared(raises, "TOKEN_INVALID");
  return {
    requiring,
    // As every call of the same token is answered from then on.
    answerTo: (error) => (error instanceof ChangeRefused ? new AppError(over, { cause: error }) : error),
  };
}

interface Permitted<P> {
  readonly requiring: (principal: P) => Change;
  /** The error of a call, as its caller gets it. */
  readonly answerTo: (error: unknown) => unknown;
}

/** Every principal may manage its own account. */
function permissionFor(access: ProcedureContract["access"]): Permission | undefined {
  switch (access) {
    case "public":
    case "bearer":
    case "session":
    case "enrolment":
    case "account":
      return undefined;
    default:
      return access;
  }
}

/** The error with this code; `contract()` has checked that it is among those that are raised. */
function declaredAny(raises: ProcedureContract["raises"], code: string): AnyErrorDefinition {
  const definition = raises.find((each) => each.code === code);
  if (definition === undefined) throw new Error(`${code} is not declared`);
  return definition;
}

/** The same for one that is raised without data. */
function declared(raises: ProcedureContract["raises"], code: string): ErrorDefinition {
  const definition = findError(raises, code);
  if (definition === undefined) throw new Error(`${code} is not declared`);
  return definition;
}
