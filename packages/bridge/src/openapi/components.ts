import { z } from "zod";

export type Json = { [key: string]: unknown };

/** Collects the schemas that have an id, so that each appears in the document once. */
export class Components {
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

/** Turns JSON Schema's `#/$defs/X` into OpenAPI's `#/components/schemas/X`. */
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
