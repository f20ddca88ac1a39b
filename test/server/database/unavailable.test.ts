import { commonErrors } from "@latchkey/contracts/kit/errors";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainFailure } from "../../../apps/server/src/cli/failure.js";
import { DatabaseUnavailable } from "../../../apps/server/src/database/availability.js";
import { type AppError, toAnswerable } from "../../../apps/server/src/error.js";
import { PASSWORD, registerUser, send } from "../../support/rest.js";
import { holdWrites } from "../../support/rows.js";
import { startServer, type TestServer } from "../../support/server.js";

describe("a database that cannot answer", () => {
  let server: TestServer;
  let email: string;
  let release: () => Promise<void>;
  beforeEach(async () => {
    server = await startServer();
    email = await registerUser(server);
    release = await holdWrites(server);
  });
  afterEach(async () => {
    await release();
    await server.close();
  });

  it("is UNAVAILABLE over REST and tRPC, and a retry may succeed", async () => {
    const login = { json: { email, password: PASSWORD } };
    const [rest, trpc] = await Promise.all([
      send(server, "POST", "/api/users/login", login),
      send(server, "POST", "/trpc/users.login", login),
    ]);
    const { message } = commonErrors.UNAVAILABLE;
    expect([rest.status, rest.headers.get("retry-after"), rest.text]).toEqual([
      503,
      "1",
      JSON.stringify({ detail: message }),
    ]);
    expect([trpc.status, trpc.headers.get("retry-after"), trpc.json.error.data]).toEqual([
      503,
      "1",
      { code: "SERVICE_UNAVAILABLE", httpStatus: 503, appCode: "UNAVAILABLE", retryAfterSeconds: 1 },
    ]);
    await release();
    expect((await send(server, "POST", "/api/users/login", login)).status).toBe(200);
  });
});

it("is reported to the operator with the cause", () => {
  const full = new DatabaseUnavailable(new Database.SqliteError("database or disk is full", "SQLITE_FULL"));
  expect(explainFailure(full)).toMatchObject({ code: "UNAVAILABLE", message: "The disk is full." });
  const { message } = commonErrors.UNAVAILABLE;
  expect(explainFailure(new DatabaseUnavailable())).toMatchObject({ code: "UNAVAILABLE", message });
});

it("is answered as UNAVAILABLE with the engine's error as the cause, and every other error unchanged", () => {
  const cause = new Error("disk I/O error");
  const answerable = toAnswerable(new DatabaseUnavailable(cause)) as AppError; // Safe: asserted below.
  expect(answerable).toMatchObject({ definition: commonErrors.UNAVAILABLE, retryAfterSeconds: 1, cause });
  expect(toAnswerable(answerable)).toBe(answerable);
  expect(toAnswerable(cause)).toBe(cause);
});
