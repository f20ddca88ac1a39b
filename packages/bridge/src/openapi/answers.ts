import { type AnyErrorDefinition, commonErrors } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { PLAIN_PATHS, type RestBinding } from "@latchkey/contracts/kit/rest";
import type { z } from "zod";
import { wireOf } from "../routes.js";
import type { Answer } from "../wire/wire.js";
import type { Components, Json } from "./components.js";
import { fixedErrors, plainErrors } from "./error-schemas.js";
import { takesBody } from "./parameters.js";

type Served = ProcedureContract & { readonly rest: RestBinding };

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
  /** Whether the answer names fields. */
  readonly fields?: boolean;
  /** The error itself, unless the door raises it. */
  readonly definition?: AnyErrorDefinition;
}

/** Every answer of a path other than success, by status in ascending order. */
function faultsByStatus(procedure: Served): Array<[string, Fault[]]> {
  const { rest, raises, input } = procedure;
  const wire = wireOf(rest.path);
  const byStatus = new Map<number, Fault[]>();
  const add = ({ status, body }: Answer, fault: Omit<Fault, "value">) =>
    byStatus.set(status, [...(byStatus.get(status) ?? []), { ...fault, value: body }]);
  const addError = (definition: AnyErrorDefinition) => {
    const { code, message } = definition;
    const data = definition.data?.parse(definition.example);
    add(wire.failure(rest, { definition, ...(data !== undefined && { data }) }, "en"), {
      name: code,
      description: message,
      fields: rest.errors?.[code]?.field !== undefined,
      definition,
    });
  };
  raises.forEach(addError);
  if (input.type !== "void") {
    const { code, message } = commonErrors.INVALID_INPUT;
    add(unfit(procedure), { name: code, description: message, fields: true });
  }
  if (takesBody(procedure)) {
    const { message } = commonErrors.BAD_REQUEST;
    add(wire.refusal("unreadable", "en"), { name: "UNREADABLE", description: message });
    add(wire.refusal("too large", "en"), { name: "TOO_LARGE", description: message });
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
  if (rest.path.startsWith(PLAIN_PATHS)) return plainErrors(faults.map(({ definition }) => definition));
  return fixedErrors(faults.map(({ fields }) => fields === true));
}

function headersOf(status: string, { access, rest }: Served): Json {
  const lists = Object.values(rest.errors ?? {}).flatMap((answer) =>
    answer?.lists !== undefined && String(answer.status) === status ? [answer.lists] : [],
  );
  if (lists.length > 0) {
    const named = lists.map(({ header, names }) => [
      header,
      { description: `Some of: ${Object.values(names).join(", ")}.`, schema: { type: "string" } },
    ]);
    return { headers: Object.fromEntries(named) };
  }
  if (status === "401" && access !== "public") {
    return { headers: { "WWW-Authenticate": { description: "RFC 6750.", schema: { const: "Bearer" } } } };
  }
  if (status === "429" || status === "503") {
    return { headers: { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } } } };
  }
  return {};
}
