import { openApiDocument } from "@latchkey/bridge";
import { api } from "@latchkey/contracts/api";
import { PASSWORD_LENGTHS, withPasswordLengths } from "@latchkey/contracts/fields/password-length";
import type { Contract } from "@latchkey/contracts/kit/procedure";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const about = {
  title: "T",
  version: "1",
  summary: "S",
  description: "D",
  license: { name: "MIT", identifier: "MIT" },
  server: { url: "/", description: "S" },
};
const documentOf = (contracts: Readonly<Record<string, Contract>>) =>
  JSON.stringify(openApiDocument(contracts, about));
const withLengths = (lengths: typeof PASSWORD_LENGTHS) =>
  Object.fromEntries(
    Object.entries(api).map(([name, each]) => [name, withPasswordLengths<Contract>(name, each, lengths)]),
  );

const fieldsOf = (input: unknown) => (input instanceof z.ZodObject ? Object.keys(input.shape) : []);

describe("the contracts for other lengths of passwords", () => {
  it("are the contracts themselves for the lengths that these say", () => {
    for (const [name, each] of Object.entries(withLengths(PASSWORD_LENGTHS))) {
      expect(each).toBe(api[name as keyof typeof api]);
    }
  });

  it("differ in nothing but these lengths", () => {
    const longer = documentOf(withLengths({ users: 7, auth: 8, others: 9 }));
    const shown = [...longer.matchAll(/"minLength":([789]),/g)].map(([, digit]) => digit);
    expect([...new Set(shown)].sort()).toEqual(["7", "8", "9"]);
    expect(shown.length).toBeGreaterThanOrEqual(7);
    const back = longer
      .replaceAll('"minLength":7,', '"minLength":1,')
      .replaceAll(/"minLength":[89],/g, '"minLength":6,')
      .replaceAll("7 code points", "1 code point")
      .replaceAll(/[89] code points/g, "6 code points");
    expect(JSON.parse(back)).toEqual(JSON.parse(documentOf(api)));
    const { users } = withLengths({ users: 7, auth: 8, others: 9 });
    // Faults are reported in the order of the fields.
    expect(fieldsOf(users?.register?.input)).toEqual(fieldsOf(api.users.register.input));
  });

  it("keep the checks of the whole input", () => {
    const { auth } = withLengths({ users: 1, auth: 8, others: 6 });
    const input = { username: "other@example.com", email: "a@example.com", password: "12345678" };
    expect(auth?.register?.input.safeParse(input).error?.issues).toEqual(
      api.auth.register.input.safeParse(input).error?.issues,
    );
    expect(auth?.register?.input.safeParse({ ...input, username: "a", password: "1234567" }).success).toBe(
      false,
    );
  });
});
