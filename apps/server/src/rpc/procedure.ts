import { type AnyErrorDefinition, commonErrors, findError } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { z } from "zod";
import type { Cause } from "../cause.js";
import { AppError, toAnswerable, unavailable } from "../error.js";
import type { SessionToken } from "../session-token.js";
import { roughSizeOf } from "../world/json-size.js";
import { accessTo, permittedBy } from "./access.js";
import { type AuditLog, auditedBy } from "./audit.js";
import { type About, auditName, causeOf } from "./cause.js";
import type { Context } from "./context.js";
import { InputError } from "./failure.js";
import type { Guard, Principal } from "./principal.js";

/** A procedure as REST and tRPC call it: with input that was not checked yet. */
export type Endpoint = (context: Context, rawInput: unknown) => Promise<unknown>;

/**
 * The principal that a procedure's access gives; `session` is what a session has in addition to other
 * principals.
 */
type PrincipalFor<P extends ProcedureContract, S, E> = P["access"] extends "public" | "bearer"
  ? unknown
  : {
      readonly principal: P["access"] extends "session"
        ? S
        : P["access"] extends "enrolment"
          ? E
          : Omit<S, "session">;
    };

/** What a procedure's own code is called with: what its contract promises, already checked. */
export type Call<P extends ProcedureContract, S, E = never> = {
  readonly context: Context;
  readonly input: z.output<P["input"]>;
} & PrincipalFor<P, S, E> &
  (P extends { readonly kind: "mutation" } ? { readonly cause: Cause } : unknown);

/**
 * What a procedure's own code returns: a session's token can only come from code that starts or continues
 * sessions.
 */
type Returned<P extends ProcedureContract> = P extends {
  readonly session: { readonly token: infer K extends string };
}
  ? Omit<z.input<P["output"]>, K> & { readonly [N in K]: SessionToken }
  : z.input<P["output"]>;

/** A procedure's own code. */
type Handle<P extends ProcedureContract, S, E> = (call: Call<P, S, E>) => Promise<Returned<P>>;

/** The code of a procedure, and what its input says about a call if the call is to be in the audit log. */
export type Handler<P extends ProcedureContract, S, E = never> =
  | Handle<P, S, E>
  | { readonly about: (input: z.output<P["input"]>) => About; readonly handle: Handle<P, S, E> };

/** A handler whose contract is not known here. */
export type AnyHandler =
  | ((call: never) => Promise<unknown>)
  | { readonly about: (input: never) => About; readonly handle: (call: never) => Promise<unknown> };

/**
 * Composes what happens at every call: access → recent → input → the procedure's own code. REST and tRPC both
 * call the result, so they cannot differ, and neither pays for a chain of middlewares.
 */
export function compose<P extends Principal>(
  contract: ProcedureContract,
  handler: AnyHandler,
  { guard, audit }: { readonly guard: Guard<P>; readonly audit: AuditLog },
): Endpoint {
  const { access, kind, input: schema, raises } = contract;
  const { handle, about } = typeof handler === "function" ? { handle: handler, about: undefined } : handler;
  const admit = accessTo(contract, guard);
  const permitted = kind === "mutation" ? permittedBy(contract, guard) : undefined;
  const audited = auditedBy(audit, contract);
  const { name, tellsSuccess } = auditName(contract);
  const action = tellsSuccess ? name : undefined;
  const takesInput = schema.type !== "void";
  // If the procedure itself checks the token, a missing token is reported before any fault of the input.
  const tokenMissing = access === "bearer" ? findError(raises, "TOKEN_MISSING") : undefined;
  const known = new Set<AnyErrorDefinition>([...raises, ...Object.values(commonErrors)]);
  return async (context, rawInput) => {
    let principal: P | Principal | undefined;
    let cause: Cause | undefined;
    let output: unknown;
    try {
      if (tokenMissing !== undefined && context.bearer === undefined) throw new AppError(tokenMissing);
      if (admit !== undefined) principal = await admit(context);
      const input = takesInput ? parse(schema, rawInput) : undefined;
      // Safe: `implement` gave this contract's own handler, whose input this is.
      if (kind === "mutation") {
        const requires = principal && permitted?.requiring(principal as P);
        cause = causeOf(context, { action, principal, about: about?.(input as never), requires });
      }
      // Safe for the same reason; these are what its access promises.
      output = await handle({ context, input, principal, cause } as never);
      // Others are bounded by what they are asked for. What was changed has to be acknowledged.
      if (principal !== undefined) {
        const fits = context.answer.take(principal.uuid, roughSizeOf(output), kind === "mutation");
        if (!fits) throw unavailable();
      }
    } catch (thrown) {
      const error = toAnswerable(permitted === undefined ? thrown : permitted.answerTo(thrown));
      audited?.failed({ context, principal, cause }, error);
      // An error that the contract does not declare would break every client's types: it is a bug of ours.
      if (error instanceof AppError && !known.has(error.definition)) {
        throw new Error(`${error.definition.code} is not declared`, { cause: error });
      }
      throw error;
    }
    try {
      const entry = audited?.succeeded({ context, principal, cause });
      if (entry !== undefined) await entry;
    } catch (error) {
      throw toAnswerable(error);
    }
    return output;
  };
}

function parse(schema: z.ZodType, rawInput: unknown): unknown {
  const result = schema.safeParse(rawInput);
  if (result.success) return result.data;
  throw new InputError(result.error.issues, rawInput);
}
