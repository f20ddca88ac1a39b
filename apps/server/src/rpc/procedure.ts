import { commonErrors } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { z } from "zod";
import { AppError } from "../error.js";
import type { Context } from "./context.js";

/** Says who calls, by the token that came along; throws where nobody with rights does. */
export type Authenticate<Caller> = (bearer: string | undefined) => Promise<Caller>;

/** A procedure as its doors call it: with input that nobody has checked yet. */
export type Endpoint = (context: Context, rawInput: unknown) => Promise<unknown>;

/** What a procedure's own code is called with: what its contract promises, checked. */
export type Call<P extends ProcedureContract, Caller> = {
  readonly context: Context;
  readonly input: z.output<P["input"]>;
} & (P["access"] extends "user" ? { readonly caller: Caller } : unknown);

/** A procedure's own code. */
export type Handler<P extends ProcedureContract, Caller> = (
  call: Call<P, Caller>,
) => Promise<z.input<P["output"]>>;

/** Input that does not fit its schema. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly issues: readonly z.core.$ZodIssue[];
  readonly input: unknown;

  constructor(issues: readonly z.core.$ZodIssue[], input: unknown) {
    super(commonErrors.INVALID_INPUT.message);
    this.issues = issues;
    this.input = input;
  }
}

/**
 * Composes what happens at every call, once: access → input → the procedure's own code. Both doors call the result,
 * so they cannot differ, and neither pays for a chain of middlewares.
 */
export function compose<Caller>(
  { access, input: schema, raises }: ProcedureContract,
  handler: (call: never) => Promise<unknown>,
  authenticate: Authenticate<Caller>,
): Endpoint {
  const takesInput = schema.type !== "void";
  // Said before anything is said about the input, where the procedure itself judges the token.
  const tokenMissing = access === "bearer" ? raises.find(({ code }) => code === "TOKEN_MISSING") : undefined;
  const declared = new Set([...raises, ...Object.values(commonErrors)]);
  return async (context, rawInput) => {
    try {
      if (tokenMissing !== undefined && context.bearer === undefined) throw new AppError(tokenMissing);
      const caller = access === "user" ? await authenticate(context.bearer) : undefined;
      const input = takesInput ? parse(schema, rawInput) : undefined;
      // Safe: `implement` gave this contract's own handler, and these are what its access promises.
      return await handler({ context, input, caller } as never);
    } catch (error) {
      // An error that the contract does not declare would break every client's types: it is a fault of ours.
      if (error instanceof AppError && !declared.has(error.definition)) {
        throw new Error(`${error.definition.code} is not declared`, { cause: error });
      }
      throw error;
    }
  };
}

function parse(schema: z.ZodType, rawInput: unknown): unknown {
  const result = schema.safeParse(rawInput);
  if (result.success) return result.data;
  throw new InputError(result.error.issues, rawInput);
}
