import type { IncomingMessage } from "node:http";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { propertiesOf } from "./properties.js";
import { BodyRefused, readBytes, textOf } from "./read.js";
import { type PathParameters, queryOf, type Route } from "./routes.js";
import { parseJson } from "./wire/json.js";
import type { BodyFault } from "./wire/wire.js";

/** A body that is not a JSON object. It is answered like an invalid field. */
export class BodyInvalid extends Error {
  override readonly name = "BodyInvalid";
  readonly fault: BodyFault;

  constructor(fault: BodyFault) {
    super("The body is not valid input");
    this.fault = fault;
  }
}

/** Reads a request's input; returns a promise only if there is a body to read. */
type ReadInput = (request: IncomingMessage, parameters: PathParameters) => unknown;

const readers = new WeakMap<ProcedureContract, ReadInput>();

/** The input of a call, as it was sent. */
export function inputOf<Context>(
  { procedure }: Route<Context>,
  request: IncomingMessage,
  parameters: PathParameters,
): unknown {
  let read = readers.get(procedure);
  if (read === undefined) {
    read = readerOf(procedure);
    readers.set(procedure, read);
  }
  return read(request, parameters);
}

function readerOf({ input, rest }: Route<unknown>["procedure"]): ReadInput {
  const { headers } = rest;
  if (input.type === "void") return () => undefined;
  if (headers !== undefined) return headerReaderOf(headers);
  switch (inputPlace({ input, rest })) {
    case "path":
      return (_, parameters) => parameters;
    case "query": {
      const types = typesOf(input);
      // The path decides: its parameters are not taken from the query.
      return (request, parameters) => ({ ...queryInput(request, types), ...parameters });
    }
    case "body":
      return async (request, parameters) => {
        const body = await bodyInput(request);
        return Object.keys(parameters).length === 0 ? body : { ...body, ...parameters };
      };
  }
}

/** Where the input that is not in the path comes from. */
export function inputPlace({ input, rest }: Pick<Route<unknown>["procedure"], "input" | "rest">) {
  const inPath = parameterNames(rest.path);
  if (Object.keys(propertiesOf(input).properties).every((key) => inPath.includes(key))) return "path";
  return rest.method === "GET" || rest.method === "DELETE" ? "query" : "body";
}

/** The names of a path's parameters. */
export function parameterNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** Reads the input from headers, under the procedure's own keys. */
function headerReaderOf(headers: NonNullable<RestBinding["headers"]>): ReadInput {
  const entries = Object.entries(headers);
  return (request) => {
    const input: Record<string, unknown> = {};
    for (const [key, name] of entries) {
      const value = request.headers[name];
      if (value !== undefined) input[key] = value;
    }
    return input;
  };
}

type Types = ReadonlyMap<string, unknown>;

function typesOf(input: ProcedureContract["input"]): Types {
  return new Map(Object.entries(propertiesOf(input).properties).map(([key, { type }]) => [key, type]));
}

/** The input from the query. A query contains only text, so numbers and booleans are converted. */
function queryInput(request: IncomingMessage, types: Types): Record<string, unknown> {
  const known = [...queryOf(request.url ?? "")].filter(([key]) => types.has(key));
  return Object.fromEntries(known.map(([key, value]) => [key, typed(value, types.get(key))]));
}

/** Text that does not look like the type stays text, and the schema then reports the error. */
function typed(value: string, type: unknown): unknown {
  if ((type === "integer" || type === "number") && /^-?\d{1,15}(\.\d{1,15})?$/.test(value))
    return Number(value);
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return value;
}

/** The input from the body. A body without a content type is read as JSON. */
async function bodyInput(request: IncomingMessage): Promise<object> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) throw new BodyInvalid("missing");
  const type = request.headers["content-type"];
  if (type !== undefined && type !== "" && !isJson(type)) throw new BodyInvalid("not an object");

  const result = parseJson(textOf(bytes));
  if ("tooDeep" in result) throw new BodyRefused("unreadable");
  if ("fault" in result) throw new BodyInvalid(result.fault);
  const { value } = result;
  if (value === null) throw new BodyInvalid("missing");
  if (typeof value !== "object" || Array.isArray(value)) throw new BodyInvalid("not an object");
  return value;
}

/** `application/json` or `application/*+json`, in any case, with any parameters. */
function isJson(contentType: string): boolean {
  const [main, subtype, ...rest] = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase().split("/");
  if (main !== "application" || subtype === undefined || rest.length > 0) return false;
  return subtype === "json" || subtype.endsWith("+json");
}
