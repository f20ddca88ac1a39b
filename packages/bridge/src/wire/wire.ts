import type { AnyErrorDefinition } from "@latchkey/contracts/kit/errors";
import type { Language } from "@latchkey/contracts/kit/language";
import type { RestBinding } from "@latchkey/contracts/kit/rest";
import type { z } from "zod";
import type { JsonFault } from "./json.js";

/** A status and its body; `undefined` means no body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Headers of its own, as a flat list of names and values. */
  readonly headers?: readonly string[];
}

/** An error that a procedure raised. */
export interface Raised {
  readonly definition: AnyErrorDefinition;
  readonly retryAfterSeconds?: number;
  /** What its schema has let through; the wires send it as it is, or not at all. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Input that does not match its schema. */
export interface Unfit {
  readonly issues: readonly z.core.$ZodIssue[];
  readonly input: unknown;
}

/** Why a body cannot be read as input at all. */
export type BodyFault = "missing" | "not an object" | JsonFault;

/** Why a request does not reach any procedure. */
export type Refusal = "unreadable" | "too large" | "method not allowed" | "not found";

/** How a family of paths words its answers. */
export interface Wire {
  success(binding: RestBinding, output: unknown): Answer;
  failure(binding: RestBinding, raised: Raised, language: Language): Answer;
  unfit(binding: RestBinding, unfit: Unfit, language: Language): Answer;
  unfitBody(binding: RestBinding, fault: BodyFault, language: Language): Answer;
  refusal(refusal: Refusal, language: Language): Answer;
}

/** The status of each refusal, the same on every wire. */
export const REFUSAL_STATUS: Readonly<Record<Refusal, number>> = {
  unreadable: 400,
  "too large": 413,
  "method not allowed": 405,
  "not found": 404,
};
