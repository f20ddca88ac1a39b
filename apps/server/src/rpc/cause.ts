import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { Cause } from "../cause.js";
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
export function causeOf(context: Context, { action, principal, about }: CauseOptions): Cause {
  return Object.freeze({
    action,
    actor: principal?.uuid,
    subject: about?.subject,
    details: about?.details,
    requestId: context.requestId,
    // Computed when needed: most calls change nothing.
    get address() {
      return context.address();
    },
    get userAgent() {
      return context.userAgent();
    },
    get language() {
      return context.language();
    },
  });
}

interface CauseOptions {
  readonly action: string | undefined;
  readonly principal: Principal | undefined;
  readonly about: About | undefined;
}
