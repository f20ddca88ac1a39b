import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { FIELDS, faultStatus } from "./endpoints.js";
import { entry, expectEntries } from "./expect-answer.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const post = (path: string, json: unknown) => send(server, "POST", path, { json });
/** A body of which every field fits. */
const fitting = (path: string): Record<string, unknown> =>
  Object.fromEntries(
    (FIELDS[path] ?? []).map((field) => [field, field === "email" ? "nobody@example.com" : "long enough"]),
  );

const each = Object.entries(FIELDS).flatMap(([path, fields]) => fields.map((field) => ({ path, field })));

describe.each(each)("$field of $path", ({ path, field }) => {
  const answer = (value: unknown) => post(path, { ...fitting(path), [field]: value });

  it("is required", async () => {
    expectEntries(await answer(undefined), [entry.missing(field)], faultStatus(path));
  });

  it("is not null", async () => {
    expectEntries(await answer(null), [entry.nothing(field)], faultStatus(path));
  });

  it.each([0, 123456, -1.5, true, false, [], ["text"], {}, { a: "b" }])("is not %j", async (value) => {
    expectEntries(await answer(value), [entry.noText(field)], faultStatus(path));
  });

  it.each(["\ud800", "a\udc00b", "\ud83d", "\u0000", "a\u0000b"])(
    "is refused in a plain sentence where it is %j, which is no text",
    async (value) => {
      const { status, json } = await answer(field.includes("password") ? `long enough${value}` : value);
      expect(status).toBe(faultStatus(path));
      const fault = { loc: ["body", field], msg: expect.stringMatching(/^\w+( \w+)+$/), type: "value_error" };
      expect(json).toEqual({ detail: [fault] });
      expect(Object.keys(json.detail[0])).toEqual(["loc", "msg", "type"]);
    },
  );
});

describe.each(each.filter(({ field }) => !field.includes("password")))(
  "$field of $path",
  ({ path, field }) => {
    it.each(["a\u0001b", "a\tb", "a\nb", "a\u001fb", "a\u007fb", "a\u0080b"])(
      "is refused with the control character in %j",
      async (value) => {
        const { status, json } = await post(path, { ...fitting(path), [field]: value });
        expect(status).toBe(faultStatus(path));
        expect(json.detail).toEqual([
          { loc: ["body", field], msg: expect.stringMatching(/^\w+( \w+)+$/), type: "value_error" },
        ]);
      },
    );
  },
);

describe.each(Object.entries(FIELDS))("the body of %s", (path, fields) => {
  it("has one entry per field, in their order, whatever its own", async () => {
    expectEntries(await post(path, {}), fields.map(entry.missing), faultStatus(path));
    const numbers = Object.fromEntries(fields.toReversed().map((field, index) => [field, index]));
    expectEntries(await post(path, numbers), fields.map(entry.noText), faultStatus(path));
    const nulls = Object.fromEntries(fields.map((field) => [field, null]));
    expectEntries(await post(path, nulls), fields.map(entry.nothing), faultStatus(path));
  });

  it("does not inherit fields", async () => {
    const body = `{"__proto__":${JSON.stringify(fitting(path))}}`;
    const headers = { "Content-Type": "application/json" };
    const answer = await send(server, "POST", path, { body, headers });
    expectEntries(answer, fields.map(entry.missing), faultStatus(path));
  });
});

describe("limits", () => {
  it("count code points", async () => {
    const register = (password: string, username = "u") =>
      post("/api/auth/register", { username, email: "a@example", password });
    const address = entry.badAddress();
    expectEntries(await register("😀😀😀😀😀"), [address, entry.tooShort("password", 6)]);
    expectEntries(await register("😀😀😀😀😀😀"), [address]);
    expectEntries(await register("e\u0301e\u0301e\u0301"), [address]);
    expectEntries(await register("123456", "😀".repeat(51)), [entry.tooLong("username", 50), address]);
    expectEntries(await register("123456", "😀".repeat(50)), [address]);
  });
});
