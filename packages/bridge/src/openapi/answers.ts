import { commonErrors, type ErrorDefinition } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { PLAIN_PATHS, type RestBinding } from "@latchkey/contracts/kit/rest";
import { z } from "zod";
import { wireOf } from "../routes.js";
import type { Answer } from "../wire/wire.js";
import type { Components, Json } from "./components.js";
import { takesBody } from "./parameters.js";

type Served = ProcedureContract & { readonly rest: RestBinding };

const location = z.array(z.union([z.string(), z.int()]));
const ValidationError = z
  .object({
    loc: location,
    msg: z.string(),
    type: z.string(),
    ctx: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "ValidationError", description: "What is wrong with one field." });
const HTTPValidationError = z
  .object({ detail: z.array(ValidationError) })
  .meta({ id: "HTTPValidationError", description: "One entry per field, in the order of the fields." });
const HTTPError = z
  .object({ detail: z.string().meta({ description: "A sentence to show to the user." }) })
  .meta({ id: "HTTPError", description: "Every other error." });
const MixedError = z.union([HTTPError, HTTPValidationError]);

const PlainError = z
  .object({
    error: z.object({
      code: z.string().meta({ description: "What programs branch on: permanent." }),
      message: z
        .string()
        .meta({ description: "A sentence to show to the user, in the language of the request." }),
      fields: z
        .array(z.object({ path: location, message: z.string() }))
        .optional()
        .meta({
          description: "With `INVALID_INPUT`: one entry per field; each message follows the field's name.",
        }),
      retryAfterSeconds: z.int().optional().meta({ description: "The same number as in `Retry-After`." }),
    }),
  })
  .meta({ id: "Error", description: "Every error under `/api/v1`." });

/** Everything that a path may answer, by status. */
export function responses(procedure: Served, components: Components): Json {
  const all: { [status: string]: Json } = successOf(procedure, components);
  for (const [status, faults] of faultsByStatus(procedure)) {
    all[status] = {
      description: [...new Set(faults.map((fault) => fault.description))].join(" "),
      ...headersOf(status, procedure),
      content: {
        "application/json": {
          schema: components.reference(schemaOf(procedure, faults), "output"),
          examples: Object.fromEntries(faults.map(({ name, value }) => [name, { value }])),
        },
      },
    };
  }
  return all;
}

function successOf({ rest, output, example }: Served, components: Components): { [status: string]: Json } {
  const { status, body } = wireOf(rest.path).success(rest, example.output);
  if (body === undefined) return { [status]: { description: "Done" } };
  const data = components.reference(output, "output");
  const properties = { success: { const: true }, message: { const: rest.envelope }, data };
  const schema =
    rest.envelope === undefined ? data : { type: "object", properties, required: Object.keys(properties) };
  return {
    [status]: { description: "Success", content: { "application/json": { schema, example: body } } },
  };
}

interface Fault {
  readonly name: string;
  readonly description: string;
  readonly value: unknown;
  readonly fields: boolean;
}

/** Every answer of a path other than success, by status in ascending order. */
function faultsByStatus(procedure: Served): Array<[string, Fault[]]> {
  const { rest, raises, input } = procedure;
  const wire = wireOf(rest.path);
  const byStatus = new Map<number, Fault[]>();
  const add = ({ status, body }: Answer, name: string, description: string, fields = false) =>
    byStatus.set(status, [...(byStatus.get(status) ?? []), { name, description, value: body, fields }]);
  const addError = (definition: ErrorDefinition) =>
    add(
      wire.failure(rest, { definition }, "en"),
      definition.code,
      definition.message,
      rest.errors?.[definition.code]?.field !== undefined,
    );
  raises.forEach(addError);
  if (input.type !== "void") {
    const { code, message } = commonErrors.INVALID_INPUT;
    add(unfit(procedure), code, message, true);
  }
  if (takesBody(procedure)) {
    const { message } = commonErrors.BAD_REQUEST;
    add(wire.refusal("unreadable", "en"), "UNREADABLE", message);
    add(wire.refusal("too large", "en"), "TOO_LARGE", message);
  }
  addError(commonErrors.INTERNAL);
  addError(commonErrors.UNAVAILABLE);
  return [...byStatus].sort(([a], [b]) => a - b).map(([status, faults]) => [String(status), faults]);
}

/**
 * An example answer to invalid input: a required field is missing or, if all fields are optional, one is
 * invalid.
 */
function unfit({ input, example, rest }: Served): Answer {
  const given = (example.input ?? {}) as Readonly<Record<string, unknown>>;
  const keys = [...Object.keys(rest.headers ?? {}), ...Object.keys(given)];
  const key = keys.includes("email") ? "email" : (keys[0] ?? "");
  const faulty = [undefined, "", null].map((value) => ({ ...given, [key]: value }));
  for (const each of faulty) {
    const { error } = input.safeParse(each);
    if (error !== undefined)
      return wireOf(rest.path).unfit(rest, { issues: error.issues, input: each }, "en");
  }
  throw new Error(
    `${rest.method} ${rest.path} accepts anything for ${key}: no example of invalid input is known`,
  );
}

function schemaOf({ rest }: Served, faults: readonly Fault[]): z.ZodType {
  if (rest.path.startsWith(PLAIN_PATHS)) return PlainError;
  if (faults.every((fault) => fault.fields)) return HTTPValidationError;
  return faults.some((fault) => fault.fields) ? MixedError : HTTPError;
}

function headersOf(status: string, { access }: ProcedureContract): Json {
  if (status === "401" && access !== "public") {
    return { headers: { "WWW-Authenticate": { description: "RFC 6750.", schema: { const: "Bearer" } } } };
  }
  if (status === "429" || status === "503") {
    return { headers: { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } } } };
  }
  return {};
}
