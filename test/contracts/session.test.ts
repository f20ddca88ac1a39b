import { api } from "@latchkey/contracts/api";
import { accessToken } from "@latchkey/contracts/fields/text";
import type { Contract } from "@latchkey/contracts/kit/procedure";
import { expect, it } from "vitest";
import { z } from "zod";

const { description } = z.toJSONSchema(accessToken);

const procedures = Object.entries(api as Readonly<Record<string, Contract>>).flatMap(
  ([namespace, contract]) =>
    Object.entries(contract).map(([name, procedure]) => [`${namespace}.${name}`, procedure] as const),
);

/** The keys under which a schema contains tokens, at any depth. */
function tokenKeys(schema: unknown): string[] {
  if (schema === null || typeof schema !== "object") return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...((value as { description?: unknown } | null)?.description === description ? [key] : []),
    ...tokenKeys(value),
  ]);
}

it.each(procedures)(
  "%s declares the key under which it returns a token: otherwise no cookie would be set",
  (_, procedure) => {
    const { session, output } = procedure;
    const declared = session !== undefined && "token" in session ? [session.token] : [];
    const schema = output.type === "void" ? undefined : z.toJSONSchema(output);
    expect(tokenKeys(schema)).toEqual(declared);
  },
);
