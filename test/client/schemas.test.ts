import { describe, expect, it } from "vitest";
import { z } from "zod";
import { comment } from "../../packages/client/generate/comment.js";
import { createSchemaTypes } from "../../packages/client/generate/schemas.js";

const typeOf = (schema: z.ZodType, direction: "input" | "output" = "output") =>
  createSchemaTypes().typeOf(schema, direction, "any.procedure");

describe("a schema as a type", () => {
  it.each<[string, z.ZodType]>([
    ["undefined", z.void()],
    ["string", z.email()],
    ["number", z.int()],
    ["boolean", z.boolean()],
    ["string | null", z.string().nullable()],
    ["unknown", z.unknown()],
    ['"on" | "off"', z.enum(["on", "off"])],
    ["1", z.literal(1)],
    ["string | number", z.union([z.string(), z.number()])],
    ["Array<string | null>", z.array(z.string().nullable())],
    ["Record<string, never>", z.object({})],
    ["{\n  [key: string]: number;\n}", z.record(z.string(), z.number())],
    [
      '{\n  "odd-key": {\n    deep: true;\n  };\n}',
      z.object({ "odd-key": z.object({ deep: z.literal(true) }) }),
    ],
  ])("is %j", (type, schema) => {
    expect(typeOf(schema)).toBe(type);
  });

  it("is nothing if there is no input", () => {
    expect(typeOf(z.void(), "input")).toBe("void");
  });

  it("may leave out in the input what has a default in the output", () => {
    const schema = z.object({ size: z.int().min(1).max(9).default(3) });
    const docs = "  /**\n   * @minimum 1\n   * @maximum 9\n   * @default 3\n   */\n";
    expect(typeOf(schema, "input")).toBe(`{\n${docs}  size?: number | undefined;\n}`);
    expect(typeOf(schema, "output")).toBe(`{\n${docs}  size: number;\n}`);
  });

  it("is declared once under its id, with the places where it is used", () => {
    const Part = z.object({ on: z.boolean() }).meta({ id: "Part" });
    const types = createSchemaTypes();
    expect(types.typeOf(z.object({ first: Part }).meta({ id: "Whole" }), "output", "a.b")).toBe("Whole");
    expect(types.typeOf(Part, "input", "a.c")).toBe("Part");
    expect(types.declarations()).toEqual([
      "/** Output of `a.b`. */\nexport interface Whole {\n  first: Part;\n}",
      "/** Part of `Whole`. Input of `a.c`. */\nexport interface Part {\n  on: boolean;\n}",
    ]);
  });

  it("is declared as alternatives if it has several shapes", () => {
    const kind = (name: string) => z.object({ kind: z.literal(name) });
    const types = createSchemaTypes();
    types.typeOf(z.discriminatedUnion("kind", [kind("a"), kind("b")]).meta({ id: "Either" }), "input", "a.b");
    expect(types.declarations()).toEqual([
      '/** Input of `a.b`. */\nexport type Either = {\n  kind: "a";\n} | {\n  kind: "b";\n};',
    ]);
  });

  it("is refused if one id means two types", () => {
    const types = createSchemaTypes();
    const Both = z.object({ size: z.int().default(3) }).meta({ id: "Both" });
    types.typeOf(Both, "input", "a.b");
    expect(() => types.typeOf(Both, "output", "a.b")).toThrow("Both differs as input and as output");
  });

  it("is refused if no type is known for it", () => {
    expect(() => typeOf(z.tuple([z.string()]))).toThrow("No type is known");
    expect(() => typeOf(z.never())).toThrow("No type is known");
    expect(() => typeOf(z.string().transform(Number))).toThrow();
    expect(() => typeOf(z.date())).toThrow();
  });

  it("cannot end the comment that describes it", () => {
    expect(comment(["ends */ here"])).toBe("/** ends *\\/ here */\n");
  });
});
