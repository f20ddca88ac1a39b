import { readFileSync } from "node:fs";
import type { Call } from "@latchkey/client";
import { api } from "@latchkey/contracts/api";
import type { CommonCode } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { FieldFault as SentFieldFault } from "@latchkey/contracts/kit/wording";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import { clientTypes } from "../../packages/client/generate/client-types.js";
import type {
  AppRouter,
  ErrorCode,
  ErrorCodeOf,
  FieldFault,
  ProcedurePath,
  RouterInputs,
  RouterOutputs,
  Rpc,
} from "../../packages/client/src/index.js";

type Api = typeof api;
type Path = { [N in keyof Api]: `${N}.${keyof Api[N] & string}` }[keyof Api];
type At<Tree, P> = P extends `${infer N}.${infer Name}`
  ? N extends keyof Tree
    ? Name extends keyof Tree[N]
      ? Tree[N][Name]
      : never
    : never
  : never;
/** The same type without the names of interfaces, which are the only permitted difference. */
type Flat<T> = T extends object ? { [K in keyof T]: Flat<T[K]> } : T;
type CodeOf<Shape> = Shape extends { data: { appCode: infer Code } } ? Code : never;

/** If there is no output, `undefined` arrives. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is asked for, as contracts say it.
type Received<T> = [T] extends [undefined] ? T : [T] extends [void] ? undefined : T;

/** What the contracts say. */
type Stated = {
  [P in Path]: At<Api, P> extends infer C extends ProcedureContract
    ? {
        kind: C["kind"];
        input: z.input<C["input"]>;
        output: Received<z.output<C["output"]>>;
        code: CommonCode | C["raises"][number]["code"];
      }
    : never;
};

/** What tRPC's own tools see. */
type Routed = {
  [P in Path]: At<AppRouter["_def"]["record"], P> extends {
    _def: { type: infer Kind; $types: { input: infer Input; output: infer Output; errorShape: infer Shape } };
  }
    ? { kind: Kind; input: Input; output: Output; code: CodeOf<Shape> }
    : never;
};

/** What the client calls. */
type Called = { [P in Path]: CalledAs<"query", At<Rpc, P>> | CalledAs<"mutation", At<Rpc, P>> };
type CalledAs<Kind extends "query" | "mutation", Procedure> = Procedure extends {
  [Verb in { query: "query"; mutation: "mutate" }[Kind]]: (
    input: infer Input,
    ...rest: never[]
  ) => Call<infer Output, infer Shape>;
}
  ? { kind: Kind; input: Input; output: Output; code: CodeOf<Shape> }
  : never;

describe("the generated types", () => {
  it("match the contracts, as the client calls them", () => {
    expectTypeOf<Flat<Called>>().toEqualTypeOf<Flat<Stated>>();
    expectTypeOf<ProcedurePath>().toEqualTypeOf<Path>();
  });

  it("match the contracts, as tRPC's tools see them", () => {
    expectTypeOf<Flat<Routed>>().toEqualTypeOf<Flat<Stated>>();
    expectTypeOf<Flat<inferRouterInputs<AppRouter>>>().toEqualTypeOf<Flat<RouterInputs>>();
    expectTypeOf<Flat<inferRouterOutputs<AppRouter>>>().toEqualTypeOf<Flat<RouterOutputs>>();
  });

  it("can be looked up for one procedure", () => {
    expectTypeOf<{ [P in Path]: ErrorCodeOf<P> }>().toEqualTypeOf<{ [P in Path]: Stated[P]["code"] }>();
    expectTypeOf<ErrorCode>().toEqualTypeOf<Stated[Path]["code"]>();
    expectTypeOf<Flat<RouterInputs["users"]["login"]>>().toEqualTypeOf<
      Flat<Stated["users.login"]["input"]>
    >();
    expectTypeOf<Flat<RouterOutputs["auth"]["login"]>>().toEqualTypeOf<
      Flat<Stated["auth.login"]["output"]>
    >();
  });

  it("describe what the server sends: outputs unchanged, and field errors", () => {
    type Sent = {
      [P in Path]: At<Api, P> extends infer C extends ProcedureContract ? Received<z.input<C["output"]>> : 0;
    };
    expectTypeOf<Flat<Sent>>().toEqualTypeOf<Flat<{ [P in Path]: Stated[P]["output"] }>>();
    expectTypeOf<FieldFault>().toEqualTypeOf<SentFieldFault>();
  });

  it("are committed as the generator writes them", () => {
    const committed = new URL("../../packages/client/src/api.generated.ts", import.meta.url);
    expect(readFileSync(committed, "utf8")).toBe(clientTypes(api));
  });

  it("are the same each time they are written", () => {
    expect(clientTypes(api)).toBe(clientTypes(api));
  });
});
