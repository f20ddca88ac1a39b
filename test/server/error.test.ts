import { type AnyErrorDefinition, commonErrors } from "@latchkey/contracts/kit/errors";
import { describe, expect, it } from "vitest";
import { ZodError } from "zod";
import { AppError } from "../../apps/server/src/error.js";
import { trialErrors } from "../support/trial-api.js";

const { STEP_REQUIRED } = trialErrors;
const data = { ticket: "dGlja2V0", factors: ["totp" as const] };

describe("an error that carries data", () => {
  it("holds what its schema names, with what it fills in, and nothing else", () => {
    const row = { ...data, hash: "secret" };
    const error = new AppError(STEP_REQUIRED, { data: row, reason: "no code" });
    expect(error.data).toEqual({ ...data, expiresInSeconds: 600 });
    expect(error).toMatchObject({ definition: STEP_REQUIRED, reason: "no code" });
  });

  it("does not come about with data that does not fit", () => {
    const unfit = { ticket: "dGlja2V0", factors: ["sms" as "totp"] };
    expect(() => new AppError(STEP_REQUIRED, { data: unfit })).toThrow(ZodError);
  });

  it("does not compile without its data, or with other data", () => {
    const misuses = [
      // @ts-expect-error: no data.
      () => new AppError(STEP_REQUIRED),
      // @ts-expect-error: no data among the options.
      () => new AppError(STEP_REQUIRED, { reason: "no code" }),
      // @ts-expect-error: no factors.
      () => new AppError(STEP_REQUIRED, { data: { ticket: "dGlja2V0" } }),
      // @ts-expect-error: no such factor.
      () => new AppError(STEP_REQUIRED, { data: { ticket: "dGlja2V0", factors: ["sms"] } }),
    ];
    for (const misuse of misuses) expect(misuse).toThrow(ZodError);
  });
});

describe("an error that carries no data", () => {
  it("takes none", () => {
    // @ts-expect-error: it has no data.
    const error = new AppError(commonErrors.INTERNAL, { data });
    expect(error.data).toBeUndefined();
  });

  it("may be one of several", () => {
    const refusals = [commonErrors.INTERNAL, trialErrors.STEP_REQUIRED, commonErrors.BAD_REQUEST];
    const bare = refusals.filter((each) => each.data === undefined);
    expect(bare.map((each) => new AppError(each).definition.code)).toEqual(["INTERNAL", "BAD_REQUEST"]);
  });

  it("is not taken for granted: where it may carry data, it does not compile", () => {
    const definition: AnyErrorDefinition = commonErrors.INTERNAL as AnyErrorDefinition;
    // @ts-expect-error: it may need data.
    expect(new AppError(definition).data).toBeUndefined();
  });
});
