import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { Cause } from "../cause.js";
import type { Change } from "../database/change.js";
import type { Context } from "./context.js";
import type { Principal } from "./principal.js";

/** What the input of a call says about the call, for the audit log. */
export type About = Pick<Cause, "subject" | "details">;

/** The permanent name under which the calls of a procedure are recorded, and whether successes are. */
export function auditName({ audit }: ProcedureContract): {
  readonly name: string | undefined;
  readonly tellsSuccess: boolean;
} {
  if (audit === undefined || typeof audit === "string")
    return { name: audit, tellsSuccess: audit !== undefined };
  return { name: audit.failuresOf, tellsSuccess: false };
}

/** The cause of everything that one call changes. */
export function causeOf(context: Context, { action, principal, about, requires }: CauseOptions): Cause {
  return Object.freeze({
    __proto__: WHENCE,
    [CONTEXT]: context,
    action,
    actor: principal?.uuid,
    subject: about?.subject,
    details: about?.details,
    requires,
    requestId: context.requestId,
    // Safe: the prototype has what is missing.
  } as unknown as Cause);
}

const CONTEXT = Symbol("the call's context");

/**
 * Computed when needed, since most calls change nothing. Inherited, because defining accessors for each call
 * takes longer than everything else in it.
 */
const WHENCE = {
  get address() {
    return contextIn(this).address();
  },
  get userAgent() {
    return contextIn(this).userAgent();
  },
  get language() {
    return contextIn(this).language();
  },
};

// Safe: only `causeOf` makes objects that inherit this.
const contextIn = (cause: object) => (cause as { readonly [CONTEXT]: Context })[CONTEXT];

interface CauseOptions {
  readonly action: string | undefined;
  readonly principal: Principal | undefined;
  readonly about: About | undefined;
  readonly requires: Change | undefined;
}
