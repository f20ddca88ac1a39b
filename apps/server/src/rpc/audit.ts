import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { type Change, onCommit, together } from "../database/change.js";
import { AppError } from "../error.js";
import type { Context } from "./context.js";
import { codeOf } from "./failure.js";

/** What a procedure's code says of its call, for the audit log. */
export interface Note {
  /** The uuid of the account that it was done to; the caller's own unless said. */
  subject?: string | undefined;
  /** What else is worth knowing; only what the log's list allows is kept. */
  details?: Readonly<Record<string, unknown>> | undefined;
  /**
   * The entry that says that the call succeeded, as far as this note is written by now, to be committed with the change
   * that it tells of. Where nobody takes it the entry is written when the call has succeeded.
   */
  entry(): Change;
  /** The same of a change to this account. */
  entryOf(account: { readonly uuid: string }): Change;
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
  /** The entry, to be committed with the change that it tells of. */
  entry(happening: Happening): Change;
  /** Is not waited for. */
  recordFailure(failure: Happening & { readonly outcome: string; readonly network: string }): void;
}

/** Who calls, as far as that is known. */
interface Calling {
  readonly context: Context;
  /** The caller's uuid; `undefined` where nobody was recognised. */
  actor(): string | undefined;
}

/** Writes down one call. */
interface AuditedCall {
  readonly note: Note;
  /** Resolves when it is on disk: no change is acknowledged that the log does not know of. */
  succeeded(): Promise<void>;
  /** Not where the change was committed with its entry. */
  failed(error: unknown): void;
}

/** Writes down the calls of one procedure. */
type Audited = (calling: Calling) => AuditedCall;

/** How the calls of a procedure are written down; `undefined` where its contract does not ask for it. */
export function auditedBy(log: AuditLog, { audit }: ProcedureContract): Audited | undefined {
  if (audit === undefined) return undefined;
  const tellsSuccess = typeof audit === "string";
  const action = tellsSuccess ? audit : audit.failuresOf;
  return ({ context, actor }) => {
    let committed = false;
    const success = (subject = note.subject ?? actor()): Happening => {
      const { details } = note;
      // Who signs in, or sets a password with the old one, has shown who they are.
      return { action, actor: actor() ?? subject ?? ANONYMOUS, subject, details, ...whence(context) };
    };
    const entry = (subject?: string) =>
      together(
        log.entry(success(subject)),
        onCommit(() => {
          committed = true;
        }),
      );
    const note: Note = { entry: () => entry(), entryOf: ({ uuid }) => entry(uuid) };
    return {
      note,

      async succeeded() {
        if (tellsSuccess && !committed) await log.record(success());
      },

      failed(error) {
        // What failed came after the change, which stands: the log says so already, and must not say the contrary.
        if (committed) return;
        const outcome = codeOf(error);
        if (NOTHING_TRIED.has(outcome)) return;
        const known: Partial<AppError> = error instanceof AppError ? error : {};
        const { subject = known.subject ?? actor() } = note;
        const details = known.reason === undefined ? note.details : { ...note.details, reason: known.reason };
        const network = context.network();
        const from = whence(context);
        log.recordFailure({
          action,
          outcome,
          actor: actor() ?? ANONYMOUS,
          subject,
          details,
          network,
          ...from,
        });
      },
    };
  };
}

const ANONYMOUS = "anonymous";
/** A form was not filled in, or there was no token at all. */
const NOTHING_TRIED: ReadonlySet<string> = new Set(["INVALID_INPUT", "TOKEN_MISSING"]);

function whence(context: Context) {
  return { address: context.address(), userAgent: context.userAgent(), requestId: context.requestId };
}
