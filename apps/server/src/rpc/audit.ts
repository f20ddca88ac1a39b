import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { Cause, Details } from "../cause.js";
import { AppError } from "../error.js";
import { auditName } from "./cause.js";
import type { Context } from "./context.js";
import { codeOf } from "./failure.js";
import type { Principal } from "./principal.js";

interface Happening {
  readonly action: string;
  readonly actor: string;
  readonly subject?: string | undefined;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  readonly details?: Details | undefined;
}

/** The log in which calls are recorded. */
export interface AuditLog {
  /** Resolves when the entry is on disk. */
  record(happening: Happening): Promise<void>;
  /** Not awaited. */
  recordFailure(failure: Happening & { readonly outcome: string; readonly network: string }): void;
  /** Whether the log already has an entry with this cause, committed with the change. */
  wasTold(cause: Cause): boolean;
}

/** What is known about a call when it ends. */
interface Ended {
  readonly context: Context;
  readonly principal: Principal | undefined;
  /** Absent if the call failed before its input was read. */
  readonly cause: Cause | undefined;
}

/** Records the calls of one procedure. */
export interface AuditedCalls {
  /**
   * Resolves when the entry is on disk: no change is acknowledged before the log has it. `undefined` if there is none
   * to wait for.
   */
  succeeded(call: Ended): Promise<void> | undefined;
  /** Records nothing if the change was committed with its entry. */
  failed(call: Ended, error: unknown): void;
}

const ANONYMOUS = "anonymous";
/** The form was not filled in, or there was no token at all. */
const NOTHING_TRIED: ReadonlySet<string> = new Set(["INVALID_INPUT", "TOKEN_MISSING"]);

/** How the calls of a procedure are recorded; `undefined` if its contract does not ask for it. */
export function auditedBy(log: AuditLog, contract: ProcedureContract): AuditedCalls | undefined {
  const { name: action, tellsSuccess } = auditName(contract);
  if (action === undefined) return undefined;
  return {
    succeeded({ context, principal, cause }) {
      if (!tellsSuccess || (cause !== undefined && log.wasTold(cause))) return undefined;
      const subject = cause?.subject ?? principal?.uuid;
      const actor = principal?.uuid ?? ANONYMOUS;
      return log.record({ action, actor, subject, details: cause?.details, ...whence(context) });
    },

    failed({ context, principal, cause }, error) {
      // The failure came after the change was committed. The log has the success already and must not
      // contradict it.
      if (cause !== undefined && log.wasTold(cause)) return;
      const outcome = codeOf(error);
      if (NOTHING_TRIED.has(outcome)) return;
      const known: Partial<AppError> = error instanceof AppError ? error : {};
      const subject = cause?.subject ?? known.subject ?? principal?.uuid;
      const actor = principal?.uuid ?? ANONYMOUS;
      const reason = known.reason === undefined ? {} : { reason: known.reason };
      const details = { ...cause?.details, ...reason };
      const network = context.network();
      log.recordFailure({ action, outcome, actor, subject, details, network, ...whence(context) });
    },
  };
}

function whence(context: Context) {
  return { address: context.address(), userAgent: context.userAgent(), requestId: context.requestId };
}
