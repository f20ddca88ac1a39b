import type { z } from "zod";
import { CommandError } from "./failure.js";

interface Naming {
  /** What the operator calls a field. */
  readonly name: (field: string) => string;
  /** 2 where the fault stands on the command line. */
  readonly exitCode: 1 | 2;
}

/** Reads what the operator gave with a contract's schema; what does not fit is refused in one sentence. */
export function parseInput<S extends z.ZodType>(
  schema: S,
  input: unknown,
  { name, exitCode }: Naming,
): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => sentencePart(name(String(issue.path[0] ?? "")), issue));
  throw new CommandError("INVALID_INPUT", `${faults.join("; ")}.`, exitCode);
}

function sentencePart(name: string, issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return `${name} must have at least ${characters(issue.minimum)}`;
    case "too_big":
      return `${name} must have at most ${characters(issue.maximum)}`;
    case "invalid_format":
      return `${name} must be a valid email address`;
    default:
      return issue.message.startsWith("must ") ? `${name} ${issue.message}` : `${name}: ${issue.message}`;
  }
}

function characters(count: number | bigint): string {
  return `${count} character${count === 1 ? "" : "s"}`;
}
