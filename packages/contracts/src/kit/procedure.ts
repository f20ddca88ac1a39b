import type { z } from "zod";
import type { ErrorDefinition } from "./errors.js";
import type { RestBinding } from "./rest.js";

/**
 * Who may call:
 * - `public`: anybody; credentials are ignored unless the procedure says what it does with them;
 * - `bearer`: whoever presents a bearer token, which the procedure itself judges;
 * - `user`: whoever presents the live access token of an enabled account.
 */
export type Access = "public" | "bearer" | "user";

/** One procedure as data: everything that its doors, its documents and its client are derived from. */
export interface ProcedureContract {
  readonly kind: "query" | "mutation";
  readonly access: Access;
  readonly summary: string;
  readonly description: string;
  /** A zod object, or `z.void()` where nothing is taken. */
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Every error that the procedure may raise besides the common ones. */
  readonly raises: readonly ErrorDefinition[];
  readonly rest?: RestBinding;
  /** An input and an output as the seeds show them, for the documents. */
  readonly example: { readonly input?: unknown; readonly output: unknown };
}

/** A namespace of procedures. */
export type Contract = Readonly<Record<string, ProcedureContract>>;

type Raised<P extends ProcedureContract> = P["raises"][number]["code"];

/** Refuses a promised answer for an error that the procedure never raises. */
type Checked<P extends ProcedureContract> = P extends { readonly rest: { readonly errors: infer E } }
  ? { readonly rest: { readonly errors: { readonly [C in keyof E]: C extends Raised<P> ? E[C] : never } } }
  : unknown;

/** Declares a namespace of procedures and keeps their exact types. */
export function contract<const C extends Contract>(
  procedures: C & { readonly [N in keyof C]: Checked<C[N]> },
): C {
  return procedures;
}
