import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bodyMalformed, fastapi, fieldErrors, invalidInput } from "../../packages/bridge/src/wire/fastapi.js";

const schema = z.object({
  name: z.string().min(2).max(3),
  tags: z.array(z.string()).optional(),
  address: z.object({ city: z.string() }).optional(),
});

/** The field errors of an invalid input. */
function faults(input: unknown, headers?: Readonly<Record<string, string>>) {
  const result = schema.safeParse(input);
  return fieldErrors(result.error?.issues ?? [], input, headers);
}

describe("field errors", () => {
  it("treat a key that only a prototype has as missing", () => {
    const input = Object.create({ name: 1 });
    expect(faults(input)).toEqual([
      { loc: ["body", "name"], msg: "field required", type: "value_error.missing" },
    ]);
  });

  it("say where in the body the error is", () => {
    const input = { name: "ab", tags: ["a", 1], address: {} };
    expect(faults(input)).toEqual([
      { loc: ["body", "tags", 1], msg: "str type expected", type: "type_error.str" },
      { loc: ["body", "address", "city"], msg: "field required", type: "value_error.missing" },
    ]);
  });

  it("name the header if the input came in one", () => {
    expect(faults({ name: "" }, { name: "x-name" })).toEqual([
      {
        loc: ["header", "x-name"],
        msg: "ensure this value has at least 2 characters",
        type: "value_error.any_str.min_length",
        ctx: { limit_value: 2 },
      },
    ]);
  });

  it("report only the first error of a field", () => {
    const issues = ["first", "second"].map(
      (message): z.core.$ZodIssue => ({ code: "custom", path: ["name"], message, input: "" }),
    );
    expect(fieldErrors(issues, { name: "" })).toEqual([
      { loc: ["body", "name"], msg: "first", type: "value_error" },
    ]);
  });

  it("say what an object should have been", () => {
    expect(faults({ name: "ab", address: "here" })).toEqual([
      { loc: ["body", "address"], msg: "value is not a valid dict", type: "type_error.dict" },
    ]);
  });
});

describe("answers", () => {
  const definition = { code: "GONE", status: 404, message: "It is gone.", help: "" } as const;
  const plain = { method: "GET", path: "/api/x" } as const;

  it("are the output itself unless an envelope is promised", () => {
    expect(fastapi.success(plain, { a: 1 })).toEqual({ status: 200, body: { a: 1 } });
    expect(JSON.stringify(fastapi.success({ ...plain, envelope: "好" }, { a: 1 }).body)).toBe(
      '{"success":true,"message":"好","data":{"a":1}}',
    );
  });

  it("give an error its own status and text unless others are promised", () => {
    expect(fastapi.failure(plain, { definition }, "zh-CN")).toEqual({
      status: 404,
      body: { detail: "It is gone." },
    });
    const promised = { ...plain, errors: { GONE: { status: 410, detail: "Gone" } } };
    expect(fastapi.failure(promised, { definition }, "zh-CN")).toEqual({
      status: 410,
      body: { detail: "Gone" },
    });
    const statusOnly = { ...plain, errors: { GONE: { status: 410 } } };
    expect(fastapi.failure(statusOnly, { definition }, "zh-CN")).toEqual({
      status: 410,
      body: { detail: "It is gone." },
    });
  });

  it("answer field errors with 422 unless 400 is promised", () => {
    expect(invalidInput(plain, []).status).toBe(422);
    expect(invalidInput({ ...plain, invalidInputStatus: 400 }, []).status).toBe(400);
  });

  it("do not repeat a malformed body", () => {
    const entry = bodyMalformed({ msg: "Expecting value", pos: 3, lineno: 2, colno: 1 });
    expect(JSON.stringify(entry)).toBe(
      '{"loc":["body",3],"msg":"Expecting value: line 2 column 1 (char 3)","type":"value_error.jsondecode",' +
        '"ctx":{"msg":"Expecting value","pos":3,"lineno":2,"colno":1}}',
    );
  });
});
