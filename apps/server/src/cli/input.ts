import { fieldFaultsOf } from "@latchkey/contracts/kit/wording";
import type { z } from "zod";
import { CommandError } from "./failure.js";

interface Naming {
  /** The operator's name for a field. */
  readonly name: (field: string) => string;
  /** 2 if the fault is on the command line. */
  readonly exitCode: 1 | 2;
}

/** Parses the operator's input with a contract's schema; a mismatch is refused in one sentence. */
export function parseInput<S extends z.ZodType>(
  schema: S,
  input: unknown,
  { name, exitCode }: Naming,
): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = fieldFaultsOf(result.error.issues, input, "en").map(
    ({ path, message }) => `${name(String(path[0] ?? ""))} ${message}`,
  );
  throw new CommandError("INVALID_INPUT", `${faults.join("; ")}.`, exitCode);
}
