import { commonErrors, type ErrorDefinition } from "@latchkey/contracts/kit/errors";
import type { Contract, ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { z } from "zod";
import { failure, success } from "./wire/fastapi.js";

type Json = { [key: string]: unknown };

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly summary: string;
  readonly description: string;
  readonly license: { readonly name: string; readonly identifier: string };
  readonly server: { readonly url: string; readonly description: string };
  /** A sentence about each namespace. */
  readonly tags: Readonly<Record<string, string>>;
}

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
  .object({ detail: z.string().meta({ description: "A sentence for people." }) })
  .meta({ id: "HTTPError", description: "Every other error." });
const MixedError = z.union([HTTPError, HTTPValidationError]);

/** The OpenAPI 3.1 document of every procedure that has a REST binding. */
export function openApiDocument(api: Readonly<Record<string, Contract>>, info: OpenApiInfo): Json {
  const components = new Components();
  const paths: { [path: string]: Json } = {};
  for (const [namespace, contract] of Object.entries(api)) {
    for (const [name, procedure] of Object.entries(contract)) {
      const { rest } = procedure;
      if (rest === undefined) continue;
      const id = operationId(namespace, name);
      const add = (path: string, operation: Json) => {
        paths[path] = { ...paths[path], [rest.method.toLowerCase()]: operation };
      };
      add(rest.path, describe(procedure, rest, { id, tag: namespace, components }));
      rest.aliases?.forEach((alias, index) => {
        const aliasId = `${id}Alias${index + 1}`;
        const operation = describe(procedure, rest, { id: aliasId, tag: namespace, components });
        add(alias.path, alias.deprecated ? { ...operation, deprecated: true } : operation);
      });
    }
  }
  const { title, version, summary, description, license } = info;
  return {
    openapi: "3.1.1",
    info: { title, version, summary, description, license },
    servers: [info.server],
    tags: Object.entries(info.tags).map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-latchkey",
          description:
            "The same token, kept by a browser. Where the server is set to, it gives one to pages of its own site that sign in with " +
            "the header `Latchkey-Session: cookie`.",
        },
      },
    },
  };
}

function operationId(namespace: string, name: string): string {
  return `${namespace}${name[0]?.toUpperCase()}${name.slice(1)}`;
}

interface Where {
  readonly id: string;
  readonly tag: string;
  readonly components: Components;
}

function describe(procedure: ProcedureContract, rest: RestBinding, { id, tag, components }: Where): Json {
  return {
    operationId: id,
    tags: [tag],
    summary: procedure.summary,
    description: procedure.description,
    security: procedure.access === "public" ? [] : [{ bearer: [] }, { cookie: [] }],
    ...parameters(procedure, rest),
    ...requestBody(procedure, rest, components),
    responses: responses(procedure, rest, components),
  };
}

interface ObjectSchema {
  readonly properties?: { readonly [key: string]: Json };
  readonly required?: readonly string[];
}

function parameters({ input }: ProcedureContract, rest: RestBinding): Json {
  if (rest.headers === undefined) return {};
  const root = z.toJSONSchema(input, { io: "input" }) as ObjectSchema & {
    $ref?: string;
    $defs?: { [id: string]: ObjectSchema };
  };
  // What has an id is not written out but referred to.
  const schema = root.$defs?.[root.$ref?.replace("#/$defs/", "") ?? ""] ?? root;
  const list = Object.entries(rest.headers).map(([key, name]) => {
    const { description, ...type } = schema.properties?.[key] ?? {};
    const label = name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    return {
      name: label,
      in: "header",
      required: schema.required?.includes(key) ?? false,
      description,
      schema: type,
    };
  });
  return { parameters: list };
}

const takesBody = ({ input, kind }: ProcedureContract, rest: RestBinding) =>
  kind === "mutation" && input.type !== "void" && rest.headers === undefined;

function requestBody(procedure: ProcedureContract, rest: RestBinding, components: Components): Json {
  if (!takesBody(procedure, rest)) return {};
  const schema = components.reference(procedure.input, "input");
  return {
    requestBody: {
      required: true,
      content: { "application/json": { schema, example: procedure.example.input } },
    },
  };
}

function responses(procedure: ProcedureContract, rest: RestBinding, components: Components): Json {
  const { schema, example } = successOf(procedure, rest, components);
  const all: { [status: string]: Json } = {
    200: { description: "Success", content: { "application/json": { schema, example } } },
  };
  for (const [status, faults] of faultsByStatus(procedure, rest)) {
    all[status] = {
      description: [...new Set(faults.map((fault) => fault.description))].join(" "),
      ...headersOf(status, procedure),
      content: {
        "application/json": {
          schema: components.reference(schemaOf(faults), "output"),
          examples: Object.fromEntries(faults.map(({ name, value }) => [name, { value }])),
        },
      },
    };
  }
  return all;
}

function successOf(procedure: ProcedureContract, rest: RestBinding, components: Components): Json {
  const { body } = success(rest, procedure.example.output);
  const data = components.reference(procedure.output, "output");
  if (rest.envelope === undefined) return { schema: data, example: body };
  const properties = { success: { const: true }, message: { const: rest.envelope }, data };
  return { schema: { type: "object", properties, required: Object.keys(properties) }, example: body };
}

interface Fault {
  readonly name: string;
  readonly description: string;
  readonly value: unknown;
  readonly fields: boolean;
}

/** Everything that a path may answer besides success, by status in rising order. */
function faultsByStatus(procedure: ProcedureContract, rest: RestBinding): Array<[string, Fault[]]> {
  const byStatus = new Map<number, Fault[]>();
  const add = (status: number, fault: Fault) =>
    byStatus.set(status, [...(byStatus.get(status) ?? []), fault]);
  const addError = (definition: ErrorDefinition) => {
    const { status, body } = failure(rest, definition);
    add(status, { name: definition.code, description: definition.message, value: body, fields: false });
  };
  procedure.raises.forEach(addError);
  if (procedure.input.type !== "void") {
    add(rest.invalidInputStatus ?? 422, {
      name: commonErrors.INVALID_INPUT.code,
      description: commonErrors.INVALID_INPUT.message,
      value: { detail: [missingField(procedure, rest)] },
      fields: true,
    });
  }
  if (takesBody(procedure, rest)) {
    const unreadable = { description: commonErrors.BAD_REQUEST.message, fields: false };
    add(400, { name: "UNREADABLE", ...unreadable, value: { detail: "There was an error parsing the body" } });
    add(413, { name: "TOO_LARGE", ...unreadable, value: { detail: "Request body too large" } });
  }
  addError(commonErrors.INTERNAL);
  addError(commonErrors.UNAVAILABLE);
  return [...byStatus].sort(([a], [b]) => a - b).map(([status, faults]) => [String(status), faults]);
}

function missingField({ example }: ProcedureContract, rest: RestBinding): unknown {
  const [header] = Object.values(rest.headers ?? {});
  if (header !== undefined) {
    const msg = "ensure this value has at least 16 characters";
    return { loc: ["header", header], msg, type: "value_error.any_str.min_length", ctx: { limit_value: 16 } };
  }
  const keys = Object.keys((example.input ?? {}) as object);
  const field = keys.includes("email") ? "email" : (keys[0] ?? "");
  return { loc: ["body", field], msg: "field required", type: "value_error.missing" };
}

function schemaOf(faults: readonly Fault[]): z.ZodType {
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

/** Collects the schemas that have an id, so that the document names each once. */
class Components {
  readonly schemas: { [id: string]: Json } = {};

  reference(schema: z.ZodType, io: "input" | "output"): Json {
    const {
      $schema: _,
      $defs,
      ...root
    } = z.toJSONSchema(schema, { io }) as Json & { $defs?: { [id: string]: Json } };
    for (const [id, definition] of Object.entries($defs ?? {})) this.keep(id, relocate(definition) as Json);
    return relocate(root) as Json;
  }

  private keep(id: string, definition: Json): void {
    const known = this.schemas[id];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`The schema ${id} differs as input and as output: give it two ids`);
    }
    this.schemas[id] = definition;
  }
}

/** JSON Schema's `#/$defs/X` as OpenAPI's `#/components/schemas/X`. */
function relocate(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relocate);
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === "$ref" && typeof value === "string")
        return [key, value.replace("#/$defs/", "#/components/schemas/")];
      return [key, relocate(value)];
    }),
  );
}
