import type { z } from "zod";
import type { AnyErrorDefinition, ErrorDefinition } from "./errors.js";
import type { Permission } from "./permission.js";
import type { RestBinding } from "./rest.js";

/**
 * Who may call:
 * - `public`: anyone; credentials are ignored unless the procedure says what it does with them;
 * - `bearer`: a caller with a bearer token, which the procedure judges itself;
 * - `session`: a principal that is a valid session of an enabled account, and no other kind of principal;
 * - `enrolment`: the same, or an account that must add a second factor before its sign-in goes on: the ticket of that
 *   sign-in is then the bearer token. With `recent`, a sign-in counts as recent;
 * - a permission: every principal that has it. All have `account`; without any other one a principal gets
 *   `FORBIDDEN`.
 */
export type Access = "public" | "bearer" | "session" | "enrolment" | Permission;

/** One procedure as data: its REST and tRPC endpoints, documents and client are all derived from it. */
export interface ProcedureContract {
  readonly kind: "query" | "mutation";
  readonly access: Access;
  /**
   * Whether the caller must have entered the password within the last minutes or, if the account has one, a second
   * factor; otherwise the call fails with `REAUTHENTICATION_REQUIRED`.
   */
  readonly recent?: true;
  readonly summary: string;
  readonly description: string;
  /** A zod object, or `z.void()` if there is no input. */
  readonly input: z.ZodType;
  /** `z.void()` if there is nothing to return. */
  readonly output: z.ZodType;
  /** Every error that the procedure may raise, apart from the common ones. */
  readonly raises: readonly AnyErrorDefinition[];
  /**
   * What a success means for the session: `token` is the key of the output that holds a new token of the
   * session, `ends` says that the session is over. When sessions are kept in cookies, this decides whether
   * the cookie is set or deleted.
   */
  readonly session?: { readonly token: string } | { readonly ends: true };
  /**
   * The permanent name of these calls in the audit log, such as `auth.login`. With `failuresOf`, successful
   * calls are not recorded: they happen all day and would hide the rest.
   */
  readonly audit?: string | { readonly failuresOf: string };
  readonly rest?: RestBinding;
  /** An example input and output, as the seeds show them, for the documentation. */
  readonly example: { readonly input?: unknown; readonly output: unknown };
}

/** A namespace of procedures. */
export type Contract = Readonly<Record<string, ProcedureContract>>;

type Raised<P extends ProcedureContract> = P["raises"][number]["code"];

/** Those that can be raised without data, as guards raise theirs. */
type RaisedBare<P extends ProcedureContract> = Extract<P["raises"][number], ErrorDefinition>["code"];

/** Refuses a promised answer to an error that the procedure never raises. */
type Checked<P extends ProcedureContract> = P extends { readonly rest: { readonly errors: infer E } }
  ? { readonly rest: { readonly errors: { readonly [C in keyof E]: C extends Raised<P> ? E[C] : never } } }
  : unknown;

/** Refuses a token key that the output does not have, and a token where `COOKIE_REFUSED` is not raised. */
type CheckedToken<P extends ProcedureContract> = P extends { readonly session: { readonly token: infer K } }
  ? "COOKIE_REFUSED" extends RaisedBare<P>
    ? { readonly session: { readonly token: K extends keyof z.output<P["output"]> ? K : never } }
    : never
  : unknown;

/** Refuses a guard whose error the procedure does not declare. */
type CheckedGuards<P extends ProcedureContract> = (P["access"] extends Exclude<Permission, "account">
  ? Declares<P, "FORBIDDEN">
  : unknown) &
  (P extends { readonly recent: true } ? DeclaresAny<P, "REAUTHENTICATION_REQUIRED"> : unknown);

type Declares<P extends ProcedureContract, Code extends string> =
  Code extends RaisedBare<P> ? unknown : { readonly raises: readonly ErrorDefinition<Code>[] };

/** The same for a guard that knows the error's data. */
type DeclaresAny<P extends ProcedureContract, Code extends string> =
  Code extends Raised<P> ? unknown : { readonly raises: readonly AnyErrorDefinition<Code>[] };

/**
 * Declares a namespace of procedures and keeps their exact types. `about` is one sentence about the namespace, for
 * the documents.
 */
export function contract<const C extends Contract>(
  about: string,
  procedures: C & { readonly [N in keyof C]: Checked<C[N]> & CheckedToken<C[N]> & CheckedGuards<C[N]> },
): C {
  return { ...procedures, [ABOUT]: about };
}

/** What `contract` was told about a namespace. */
export function aboutOf(namespace: Contract & { readonly [ABOUT]?: string }): string | undefined {
  return namespace[ABOUT];
}

/** A symbol, so that it is not taken for the name of a procedure. */
const ABOUT = Symbol("about");
