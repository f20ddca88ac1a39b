import { z } from "zod";

/** One key of an input, in JSON Schema. */
export type Property = Readonly<Record<string, unknown>> & { readonly description?: string };

/** The keys of an input. */
export interface Properties {
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
}

/** The keys of an object's schema in JSON Schema; none where nothing is taken. */
export function propertiesOf(input: z.ZodType): Properties {
  if (input.type === "void") return { properties: {}, required: [] };
  // Safe: zod writes JSON Schema, in which an object has these.
  const root = z.toJSONSchema(input, { io: "input" }) as Partial<Properties> & {
    readonly $ref?: string;
    readonly $defs?: Readonly<Record<string, Partial<Properties>>>;
  };
  // What has an id is not written out but referred to.
  const { properties = {}, required = [] } = root.$defs?.[root.$ref?.replace("#/$defs/", "") ?? ""] ?? root;
  return { properties, required };
}
