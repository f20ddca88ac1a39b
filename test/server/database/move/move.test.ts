import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { login, signUp } from "../../../support/rest.js";
import { HAS_POSTGRES, type Moving, openMoving } from "./support.js";

describe.skipIf(!HAS_POSTGRES)("a move to PostgreSQL", () => {
  let moving: Moving;
  beforeEach(async () => {
    moving = await openMoving();
  });
  afterEach(() => moving.end());

  it("takes everything along while servers serve, and they follow by themselves", async () => {
    const [one, other] = [await moving.serve(), await moving.serve()];
    const before = await signUp(one);
    expect(await moving.move()).toMatchObject({ state: "moved" });
    for (const server of [one, other]) {
      expect(await login(server, before.email)).toBeTypeOf("string");
      expect(server.logLines.join("")).toContain("the store has moved to PostgreSQL");
    }
    const after = await signUp(other);
    expect(await login(one, after.email)).toBeTypeOf("string");
    expect(await moving.postgres("SELECT count(*)::integer AS users FROM users")).toEqual([{ users: 2 }]);
  });
});
