import type { z } from "zod";
import type { AnyErrorDefinition, ErrorDefinition } from "./errors.js";
import type { RestBinding } from "./rest.js";

/**
 * Who may call:
 * - `public`: anybody; credentials are ignored unless the procedure says what it does with them;
 * - `bearer`: whoever presents a bearer token, which the procedure itself judges;
 * - `user`: whoever presents the live access token of an enabled account;
 * - `admin`: a `user` whose account has that role; others hear `FORBIDDEN`.
 */
export type Access = "public" | "bearer" | "user" | "admin";

/** One procedure as data: everything that its doors, its documents and its client are derived from. */
export interface ProcedureContract {
  readonly kind: "query" | "mutation";
  readonly access: Access;
  /** Whether the caller must have given the password within the last minutes; others hear `REAUTHENTICATION_REQUIRED`. */
  readonly recent?: true;
  readonly summary: string;
  readonly description: string;
  /** A zod object, or `z.void()` where nothing is taken. */
  readonly input: z.ZodType;
  /** `z.void()` where there is nothing to say but that it was done. */
  readonly output: z.ZodType;
  /** Every error that the procedure may raise besides the common ones. */
  readonly raises: readonly AnyErrorDefinition[];
  /**
   * What a success means for the session: `token` is the key of the output under which a new token of it stands, `ends`
   * says that it is over. Where sessions are kept in cookies, the doors set and delete the cookie by this.
   */
  readonly session?: { readonly token: string } | { readonly ends: true };
  /**
   * The permanent name under which calls stand in the audit log, such as `auth.login`. With `failuresOf` those that succeed
   * do not: what happens all day would hide the rest.
   */
  readonly audit?: string | { readonly failuresOf: string };
  readonly rest?: RestBinding;
  /** An input and an output as the seeds show them, for the documents. */
  readonly example: { readonly input?: unknown; readonly output: unknown };
}

/** A namespace of procedures. */
export type Contract = Readonly<Record<string, ProcedureContract>>;

type Raised<P extends ProcedureContract> = P["raises"][number]["code"];

/** Those that can be raised without data, as guards raise theirs. */
type RaisedBare<P extends ProcedureContract> = Extract<P["raises"][number], ErrorDefinition>["code"];

/** Refuses a promised answer for an error that the procedure never raises. */
type Checked<P extends ProcedureContract> = P extends { readonly rest: { readonly errors: infer E } }
  ? { readonly rest: { readonly errors: { readonly [C in keyof E]: C extends Raised<P> ? E[C] : never } } }
  : unknown;

/** Refuses a token under a key that the output does not have, or without saying that a cookie may be refused. */
type CheckedToken<P extends ProcedureContract> = P extends { readonly session: { readonly token: infer K } }
  ? "COOKIE_REFUSED" extends RaisedBare<P>
    ? { readonly session: { readonly token: K extends keyof z.output<P["output"]> ? K : never } }
    : never
  : unknown;

/** Refuses a guard whose refusal the procedure does not declare. */
type CheckedGuards<P extends ProcedureContract> = (P["access"] extends "admin"
  ? Declares<P, "FORBIDDEN">
  : unknown) &
  (P extends { readonly recent: true } ? Declares<P, "REAUTHENTICATION_REQUIRED"> : unknown);

type Declares<P extends ProcedureContract, Code extends string> =
  Code extends RaisedBare<P> ? unknown : { readonly raises: readonly ErrorDefinition<Code>[] };

/** Declares a namespace of procedures and keeps their exact types. */
export function contract<const C extends Contract>(
  procedures: C & { readonly [N in keyof C]: Checked<C[N]> & CheckedToken<C[N]> & CheckedGuards<C[N]> },
): C {
  return procedures;
}
