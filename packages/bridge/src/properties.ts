import { z } from "zod";

/** One key of an input, as JSON Schema. */
export type Property = Readonly<Record<string, unknown>> & { readonly description?: string };

/** The keys of an input. */
export interface Properties {
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
}

/** The keys of an object's schema in JSON Schema; none if there is no input. */
export function propertiesOf(input: z.ZodType): Properties {
  if (input.type === "void") return { properties: {}, required: [] };
  // Safe: zod writes JSON Schema, in which an object has these.
  const root = z.toJSONSchema(input, { io: "input" }) as Partial<Properties> & {
    readonly $ref?: string;
    readonly $defs?: Readonly<Record<string, Partial<Properties>>>;
  };
  // A schema with an id is not inlined but referenced.
  const { properties = {}, required = [] } = root.$defs?.[root.$ref?.replace("#/$defs/", "") ?? ""] ?? root;
  return { properties, required };
}
