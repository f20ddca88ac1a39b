import { z } from "zod";
import type { Contract, ProcedureContract } from "../kit/procedure.js";
import { newPassword } from "./text.js";

/** How many code points a new password must have: on the two frozen surfaces, and everywhere else. */
export interface PasswordLengths {
  readonly users: number;
  readonly auth: number;
  readonly others: number;
}

/** What the contracts say. */
export const PASSWORD_LENGTHS: PasswordLengths = { users: 1, auth: 6, others: 6 };

/** The contract of a namespace for these lengths: only what it says about new passwords is different. */
export function withPasswordLengths<C extends Contract>(
  namespace: string,
  contract: C,
  lengths: PasswordLengths,
): C {
  const surface = namespace === "users" || namespace === "auth" ? namespace : "others";
  if (lengths[surface] === PASSWORD_LENGTHS[surface]) return contract;
  const changed = Object.entries(contract).map(([name, procedure]) => [
    name,
    { ...procedure, input: withLength(procedure.input, lengths[surface]) },
  ]);
  // Safe: the same procedures, whose inputs have the same types. The spread keeps the namespace's sentence.
  return { ...contract, ...Object.fromEntries(changed) } as C;
}

function withLength(input: ProcedureContract["input"], min: number): ProcedureContract["input"] {
  if (!(input instanceof z.ZodObject)) return input;
  const changed = Object.entries(input.shape).flatMap(([key, field]) => {
    const isOptional = field instanceof z.ZodOptional;
    const inner: unknown = isOptional ? field.unwrap() : field;
    const description = describedPassword(inner, min);
    if (description === undefined) return [];
    const password = newPassword(min).meta({ description });
    return [[key, isOptional ? password.optional() : password] as const];
  });
  if (changed.length === 0) return input;
  // Keeps the order of the fields, and the checks of the whole.
  return input.safeExtend(Object.fromEntries(changed)).meta({ ...input.meta() });
}

/** How a field is described for this length; `undefined` if it is not a password that is to be set. */
function describedPassword(field: unknown, min: number): string | undefined {
  if (!(field instanceof z.ZodType)) return undefined;
  const { format, minLength, description = "" } = field.meta() ?? {};
  // A password that is compared has no least length, and one that is only rated has none either.
  if (format !== "password" || typeof minLength !== "number" || minLength < 1) return undefined;
  return description.replace(/\d+ code points?/, `${min} code point${min === 1 ? "" : "s"}`);
}
