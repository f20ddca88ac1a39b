import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { AppError } from "../error.js";
import type { Context } from "./context.js";
import { codeOf } from "./failure.js";

/** What a procedure's code says of its call, for the audit log. */
export interface Note {
  /** The uuid of the account that it was done to; the caller's own unless said. */
  subject?: string | undefined;
  /** What else is worth knowing; only what the log's list allows is kept. */
  details?: Readonly<Record<string, unknown>> | undefined;
}

interface Happening {
  readonly action: string;
  readonly actor: string;
  readonly subject?: string | undefined;
  readonly address: string;
  readonly userAgent?: string | undefined;
  readonly requestId: string;
  readonly details?: Note["details"];
}

/** Where calls are written down. */
export interface AuditLog {
  /** Resolves when it is on disk. */
  record(happening: Happening): Promise<void>;
  /** Is not waited for. */
  recordFailure(failure: Happening & { readonly outcome: string; readonly network: string }): void;
}

/** A call as far as it got. */
interface Ended {
  readonly context: Context;
  /** The caller's uuid; `undefined` where nobody was recognised. */
  readonly actor: string | undefined;
  readonly note: Note;
}

/** Writes down the calls of one procedure. */
export interface Audited {
  /** Resolves when it is on disk: no change is acknowledged that the log does not know of. */
  succeeded(call: Ended): Promise<void>;
  failed(call: Ended, error: unknown): void;
}

/** How the calls of a procedure are written down; `undefined` where its contract does not ask for it. */
export function auditedBy(log: AuditLog, { audit }: ProcedureContract): Audited | undefined {
  if (audit === undefined) return undefined;
  const action = typeof audit === "string" ? audit : audit.failuresOf;
  return {
    async succeeded({ context, actor, note }) {
      if (typeof audit !== "string") return;
      const { subject = actor, details } = note;
      // Who signs in, or sets a password with the old one, has shown who they are.
      await log.record({
        action,
        actor: actor ?? subject ?? ANONYMOUS,
        subject,
        details,
        ...whence(context),
      });
    },

    failed({ context, actor, note }, error) {
      const outcome = codeOf(error);
      if (NOTHING_TRIED.has(outcome)) return;
      const known: Partial<AppError> = error instanceof AppError ? error : {};
      const { subject = known.subject ?? actor } = note;
      const details = known.reason === undefined ? note.details : { ...note.details, reason: known.reason };
      const network = context.network();
      const from = whence(context);
      log.recordFailure({ action, outcome, actor: actor ?? ANONYMOUS, subject, details, network, ...from });
    },
  };
}

const ANONYMOUS = "anonymous";
/** A form was not filled in, or there was no token at all. */
const NOTHING_TRIED: ReadonlySet<string> = new Set(["INVALID_INPUT", "TOKEN_MISSING"]);

function whence(context: Context) {
  return { address: context.address(), userAgent: context.userAgent(), requestId: context.requestId };
}
