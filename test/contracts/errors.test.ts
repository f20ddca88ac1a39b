import { commonErrors, defineErrors, findError } from "@latchkey/contracts/kit/errors";
import { contract } from "@latchkey/contracts/kit/procedure";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

const said = { status: 403, message: "A message.", help: "Help." } as const;
const data = z.object({ ticket: z.string() });
const errors = defineErrors({
  PLAIN: said,
  WITH_DATA: { ...said, data, example: { ticket: "t" } },
});

describe("the definition of an error", () => {
  it("knows its code, and its data if it has any", () => {
    expectTypeOf(errors.PLAIN.code).toEqualTypeOf<"PLAIN">();
    expectTypeOf(errors.PLAIN.data).toEqualTypeOf<undefined>();
    expectTypeOf(errors.WITH_DATA.code).toEqualTypeOf<"WITH_DATA">();
    expectTypeOf(errors.WITH_DATA.data).toEqualTypeOf<typeof data>();
    expect(errors).toEqual({
      PLAIN: { code: "PLAIN", ...said },
      WITH_DATA: { code: "WITH_DATA", ...said, data, example: { ticket: "t" } },
    });
  });

  it("needs an example of its data that fits", () => {
    defineErrors({
      // @ts-expect-error: no example.
      WITH_DATA: { ...said, data },
    });
    // @ts-expect-error: a ticket is a string.
    defineErrors({ WITH_DATA: { ...said, data, example: { ticket: 1 } } });
    // @ts-expect-error: data is an object.
    defineErrors({ WITH_DATA: { ...said, data: z.string(), example: "t" } });
    // @ts-expect-error: an example of nothing.
    defineErrors({ PLAIN: { ...said, example: { ticket: "t" } } });
  });
});

describe("what a door raises by itself", () => {
  it("is found by its code, unless it would need data", () => {
    const all = [...Object.values(errors), ...Object.values(commonErrors)];
    expect(findError(all, "PLAIN")).toBe(errors.PLAIN);
    expect(findError(all, "WITH_DATA")).toBeUndefined();
    expect(findError(all, "NOTHING")).toBeUndefined();
  });

  it("does not count as declared where it would need data", () => {
    const { FORBIDDEN } = defineErrors({ FORBIDDEN: { ...said, data, example: { ticket: "t" } } });
    contract("A trial.", {
      list: {
        kind: "query",
        access: "users:read",
        summary: "A summary",
        description: "A description.",
        input: z.void(),
        output: z.void(),
        // @ts-expect-error: the guard has no data for it.
        raises: [FORBIDDEN],
        example: { output: undefined },
      },
    });
  });
});
