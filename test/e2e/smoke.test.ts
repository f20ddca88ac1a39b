import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { REDIS_URL: inject("redisUrl") } });
});
afterAll(() => server.close());

it("refuses a token after logout", async () => {
  const { token } = await signUp(server);
  expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
  expect((await send(server, "POST", "/api/users/logout", { token })).status).toBe(200);
  expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
});
