import {
  type AnyErrorDefinition,
  commonErrors,
  type ErrorDefinition,
  findError,
} from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { z } from "zod";
import { AppError } from "../error.js";
import { type AuditLog, auditedBy, type Note } from "./audit.js";
import type { Context } from "./context.js";
import { InputError } from "./failure.js";

/** Stands before procedures that are not public. */
export interface Guard<Caller> {
  /** Says who calls, by the token that came along; throws where nobody with rights does. */
  authenticate(bearer: string | undefined): Promise<Caller>;
  isAdmin(caller: Caller): boolean;
  /** Whether the caller gave the password within the last minutes. */
  isRecent(caller: Caller): boolean;
  /** By what the audit log knows the caller. */
  uuidOf(caller: Caller): string;
}

/** A procedure as its doors call it: with input that nobody has checked yet. */
export type Endpoint = (context: Context, rawInput: unknown) => Promise<unknown>;

/** What a procedure's own code is called with: what its contract promises, checked. */
export type Call<P extends ProcedureContract, Caller> = {
  readonly context: Context;
  readonly input: z.output<P["input"]>;
} & (P["access"] extends "user" | "admin" ? { readonly caller: Caller } : unknown) &
  (P extends { readonly audit: unknown } ? { readonly note: Note } : unknown);

/** A procedure's own code. */
export type Handler<P extends ProcedureContract, Caller> = (
  call: Call<P, Caller>,
) => Promise<z.input<P["output"]>>;

/**
 * Composes what happens at every call, once: access → recent → input → the procedure's own code. Both doors call the result,
 * so they cannot differ, and neither pays for a chain of middlewares.
 */
export function compose<Caller>(
  contract: ProcedureContract,
  handler: (call: never) => Promise<unknown>,
  { guard, audit }: { readonly guard: Guard<Caller>; readonly audit: AuditLog },
): Endpoint {
  const { access, input: schema, raises } = contract;
  const admit = admission(contract, guard);
  const audited = auditedBy(audit, contract);
  const takesInput = schema.type !== "void";
  // Said before anything is said about the input, where the procedure itself judges the token.
  const tokenMissing = access === "bearer" ? findError(raises, "TOKEN_MISSING") : undefined;
  const known = new Set<AnyErrorDefinition>([...raises, ...Object.values(commonErrors)]);
  return async (context, rawInput) => {
    let caller: Caller | undefined;
    const call = audited?.({ context, actor: () => caller && guard.uuidOf(caller) });
    let output: unknown;
    try {
      if (tokenMissing !== undefined && context.bearer === undefined) throw new AppError(tokenMissing);
      if (admit !== undefined) caller = await admit(context);
      const input = takesInput ? parse(schema, rawInput) : undefined;
      // Safe: `implement` gave this contract's own handler, and these are what its access promises.
      output = await handler({ context, input, caller, note: call?.note } as never);
    } catch (error) {
      call?.failed(error);
      // An error that the contract does not declare would break every client's types: it is a fault of ours.
      if (error instanceof AppError && !known.has(error.definition)) {
        throw new Error(`${error.definition.code} is not declared`, { cause: error });
      }
      throw error;
    }
    if (call !== undefined) await call.succeeded();
    return output;
  };
}

/** Lets in who may call, and throws at others; `undefined` where anybody may. */
function admission<Caller>(
  { access, recent, raises }: ProcedureContract,
  guard: Guard<Caller>,
): ((context: Context) => Promise<Caller>) | undefined {
  if (access === "public" || access === "bearer") return undefined;
  const forbidden = access === "admin" ? declared(raises, "FORBIDDEN") : undefined;
  const stale = recent ? declared(raises, "REAUTHENTICATION_REQUIRED") : undefined;
  const { authenticate } = guard;
  if (forbidden === undefined && stale === undefined) return ({ bearer }) => authenticate(bearer);
  return async ({ bearer }) => {
    const caller = await authenticate(bearer);
    if (forbidden !== undefined && !guard.isAdmin(caller)) throw new AppError(forbidden);
    if (stale !== undefined && !guard.isRecent(caller)) throw new AppError(stale);
    return caller;
  };
}

/** The error of this code, which `contract()` has seen among those that are raised. */
function declared(raises: ProcedureContract["raises"], code: string): ErrorDefinition {
  const definition = findError(raises, code);
  if (definition === undefined) throw new Error(`${code} is not declared`);
  return definition;
}

function parse(schema: z.ZodType, rawInput: unknown): unknown {
  const result = schema.safeParse(rawInput);
  if (result.success) return result.data;
  throw new InputError(result.error.issues, rawInput);
}
