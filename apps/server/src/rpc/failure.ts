import { commonErrors } from "@latchkey/contracts/kit/errors";
import type { z } from "zod";
import { AppError } from "../error.js";

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

/** The code that the caller gets. */
export function codeOf(error: unknown): string {
  if (error instanceof AppError) return error.definition.code;
  return error instanceof InputError ? commonErrors.INVALID_INPUT.code : commonErrors.INTERNAL.code;
}
