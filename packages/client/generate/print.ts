import type { z } from "zod";
import { comment, indented, literal, propertyName } from "./comment.js";

/** JSON Schema as zod writes it. */
export type Schema = z.core.JSONSchema.BaseSchema;
type SchemaOrBoolean = z.core.JSONSchema._JSONSchema;

/** The type of a schema. Throws if it does not know the schema, so that nothing wrong is written. */
export function print(schema: SchemaOrBoolean): string {
  if (typeof schema === "boolean") return schema ? "unknown" : "never";
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if ("const" in schema) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(" | ");
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.map(print).join(" | ");
  const { type } = schema;
  // JSON Schema allows several types at once: `{"type":["string","null"]}`.
  if (Array.isArray(type)) return type.map((each) => print({ ...schema, type: each })).join(" | ");
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return Array.isArray(schema.items) || schema.prefixItems !== undefined
        ? refuse(schema)
        : `Array<${print(schema.items ?? true)}>`;
    case "object":
      return printObject(schema);
    default:
      return isUnconstrained(schema) ? "unknown" : refuse(schema);
  }
}

function printObject({ properties = {}, required = [], additionalProperties = false }: Schema): string {
  const lines = Object.entries(properties).map(([name, property]) => {
    const docs = typeof property === "boolean" ? [] : documentation(property);
    const type = indented(print(property), "  ");
    // As in zod: what may be left out may also be `undefined`.
    const rest = required.includes(name) ? `: ${type}` : `?: ${type} | undefined`;
    return `${comment(docs, "  ")}  ${propertyName(name)}${rest};\n`;
  });
  if (additionalProperties !== false) lines.push(`  [key: string]: ${print(additionalProperties)};\n`);
  return lines.length === 0 ? "Record<string, never>" : `{\n${lines.join("")}}`;
}

function isUnconstrained({ description: _, examples: __, default: ___, ...constraints }: Schema): boolean {
  return Object.keys(constraints).length === 0;
}

function refuse(schema: Schema): never {
  throw new Error(`No type is known for ${JSON.stringify(schema)}: teach it to generate/schemas.ts`);
}

/** The name in a reference. */
export function nameOf(reference: string): string {
  const name = /^#\/\$defs\/([A-Z]\w*)$/.exec(reference)?.[1];
  if (name === undefined) throw new Error(`${reference} is not a name for a type: give the schema an id`);
  return name;
}

function documentation(schema: Schema): string[] {
  const about = schema.description === undefined ? [] : [schema.description];
  return [...about, ...tags(schema)];
}

const LIMITS = ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "format"] as const;

/** JSDoc tags for a schema's values, in addition to its description. */
export function tags(schema: Schema): string[] {
  const limits = LIMITS.flatMap((name) => {
    const limit = schema[name];
    // zod states the bounds of safe integers with every integer: they tell the reader nothing.
    const stated = limit !== undefined && Math.abs(Number(limit)) !== Number.MAX_SAFE_INTEGER;
    return stated ? [`@${name} ${limit}`] : [];
  });
  const fallback = schema.default === undefined ? [] : [`@default ${literal(schema.default)}`];
  const examples = (schema.examples ?? []) as readonly unknown[];
  return [...limits, ...fallback, ...examples.map((example) => `@example ${literal(example)}`)];
}
