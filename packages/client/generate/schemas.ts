import { z } from "zod";
import { comment } from "./comment.js";
import { nameOf, print, type Schema, tags } from "./print.js";

/** A schema as a caller sees it: what is sent, what comes back, or what comes with an error. */
export type Role = "input" | "output" | "data";

/** Writes schemas as types and collects the named ones. */
export interface SchemaTypes {
  /** The type of a schema; the documentation of named types mentions `owner`, a procedure or an error. */
  typeOf(schema: z.ZodType, role: Role, owner: string): string;
  /** A declaration of each schema that has an id, in the order in which they were found. */
  declarations(): string[];
}

export function createSchemaTypes(): SchemaTypes {
  const definitions = new Map<string, Schema>();
  const uses = createUses();

  const keep = (id: string, definition: Schema) => {
    const known = definitions.get(id);
    if (known !== undefined && print(known) !== print(definition)) {
      throw new Error(`The schema ${id} differs as input and as output: give it two ids`);
    }
    definitions.set(id, definition);
    for (const part of referencesIn(definition)) uses.note(part, "Part", id);
  };

  return {
    typeOf(schema, role, owner) {
      // tRPC's types treat a result of `void` as an object.
      if (schema.type === "void") return role === "input" ? "void" : "undefined";
      const io = role === "input" ? "input" : "output";
      const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io });
      for (const [id, definition] of Object.entries($defs)) keep(id, definition);
      for (const id of referencesIn(root)) uses.note(id, USES[role], owner);
      return print(root);
    },
    declarations() {
      return [...definitions].map(([id, definition]) => {
        const docs = comment([definition.description ?? uses.sentenceOf(id), ...tags(definition)]);
        const body = print(definition);
        // Of several shapes only a type can be an alternative.
        return definition.type === "object"
          ? `${docs}export interface ${id} ${body}`
          : `${docs}export type ${id} = ${body};`;
      });
    },
  };
}

const USES = { input: "Input", output: "Output", data: "Data" } as const satisfies Record<Role, string>;

/** Where named schemas are used: the documentation of a schema that has no description of its own. */
function createUses() {
  const places = new Map<string, Map<string, Set<string>>>();
  return {
    note(id: string, role: (typeof USES)[Role] | "Part", whole: string) {
      const roles = places.get(id) ?? new Map<string, Set<string>>();
      places.set(id, roles.set(role, (roles.get(role) ?? new Set()).add(`\`${whole}\``)));
    },
    sentenceOf(id: string): string {
      const roles = [...(places.get(id) ?? [])];
      return roles.map(([role, wholes]) => `${role} of ${[...wholes].join(", ")}.`).join(" ");
    },
  };
}

function referencesIn(node: unknown): string[] {
  if (node === null || typeof node !== "object") return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === "$ref" && typeof value === "string" ? [nameOf(value)] : referencesIn(value),
  );
}
