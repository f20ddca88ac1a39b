import type { Language } from "@latchkey/contracts/kit/language";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { Cause, Details } from "../cause.js";
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
export function causeOf(context: Context, options: CauseOptions): Cause {
  return Object.freeze(new CallCause(context, options));
}

/** What is inherited is computed when needed, since most calls change nothing. */
class CallCause implements Cause {
  readonly action: string | undefined;
  readonly actor: string | undefined;
  readonly subject: string | undefined;
  readonly details: Details | undefined;
  readonly requires: Change | undefined;
  readonly requestId: string;
  private readonly context: Context;

  constructor(context: Context, { action, principal, about, requires }: CauseOptions) {
    this.context = context;
    this.action = action;
    this.actor = principal?.uuid;
    this.subject = about?.subject;
    this.details = about?.details;
    this.requires = requires;
    this.requestId = context.requestId;
  }

  get address(): string {
    return this.context.address();
  }

  get userAgent(): string | undefined {
    return this.context.userAgent();
  }

  get language(): Language {
    return this.context.language();
  }
}

interface CauseOptions {
  readonly action: string | undefined;
  readonly principal: Principal | undefined;
  readonly about: About | undefined;
  readonly requires: Change | undefined;
}
