import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

/** Begins a request, runs `between` while it is in progress, and ends it. */
async function answerOf(path: string, between: () => void) {
  const sending = request(`${server.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
  });
  sending.write('{"email":');
  const arrived = once(server.app.server, "request");
  await arrived;
  between();
  sending.end('"a@example.com","password":"x"}');
  const [response] = await once(sending, "response");
  response.resume();
  return { connection: response.headers.connection };
}

describe("while it is stopping", () => {
  it.each(["/api/users/login", "/api/auth/login", "/trpc/users.login"])(
    "closes the connection of a request in progress after its answer: %s",
    async (path) => {
      expect(await answerOf(path, () => server.app.startDraining())).toMatchObject({
        connection: "close",
      });
    },
  );

  it("still answers new requests, and says that it is not ready", async () => {
    server.app.startDraining();
    const answer = await fetch(`${server.url}/livez`);
    expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
    const readiness = await fetch(`${server.url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({ status: "draining" });
  });
});
