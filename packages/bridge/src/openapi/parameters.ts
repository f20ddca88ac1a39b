import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { inputPlace, parameterNames } from "../input.js";
import { propertiesOf } from "../properties.js";
import type { Components, Json } from "./components.js";

type Served = ProcedureContract & { readonly rest: RestBinding };

/** The part of the input that comes in the path, in headers and in the query. */
export function parameters({ input, rest }: Served): Json {
  const { properties, required } = propertiesOf(input);
  const parameter = (place: string, key: string, name = key) => {
    const { description, ...schema } = properties[key] ?? {};
    return { name, in: place, required: place === "path" || required.includes(key), description, schema };
  };
  const inPath = parameterNames(rest.path);
  const inHeaders = Object.entries(rest.headers ?? {});
  const inQuery =
    rest.headers === undefined && inputPlace({ input, rest }) === "query"
      ? Object.keys(properties).filter((key) => !inPath.includes(key))
      : [];
  const list = [
    ...inPath.map((key) => parameter("path", key)),
    ...inHeaders.map(([key, name]) => parameter("header", key, spelled(name))),
    ...inQuery.map((key) => parameter("query", key)),
    ...Object.entries(rest.alsoReads ?? {}).map(([name, description]) => ({
      ...{ name, in: "header", required: false, description },
      schema: { type: "string" },
    })),
  ];
  return list.length === 0 ? {} : { parameters: list };
}

/** A header's name in its usual spelling. */
function spelled(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** Whether a body is read. */
export function takesBody({ input, rest }: Served): boolean {
  return input.type !== "void" && rest.headers === undefined && inputPlace({ input, rest }) === "body";
}

/** The body, without the part that comes in the path. */
export function requestBody(procedure: Served, components: Components): Json {
  if (!takesBody(procedure)) return {};
  const { input, rest, example } = procedure;
  const inPath = parameterNames(rest.path);
  return {
    requestBody: {
      required: true,
      content: {
        "application/json": {
          // A schema of which only a part is the body is no component of its own.
          schema: inPath.length === 0 ? components.reference(input, "input") : bodySchema(procedure, inPath),
          example: without(example.input as Json, inPath),
        },
      },
    },
  };
}

function bodySchema({ input }: Served, inPath: readonly string[]): Json {
  const { properties, required } = propertiesOf(input);
  return {
    type: "object",
    properties: without(properties, inPath),
    required: required.filter((key) => !inPath.includes(key)),
  };
}

function without<Value>(
  all: Readonly<Record<string, Value>>,
  keys: readonly string[],
): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
}
