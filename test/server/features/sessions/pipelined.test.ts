import { connect } from "node:net";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send, signUp } from "../../../support/rest.js";
import { isOnSqlite } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** A connection, and the status of each answer received on it. */
async function open() {
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  return {
    ask: (path: string, headers: string) =>
      void socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n`),
    statuses: () => text.match(/(?<=HTTP\/1\.1 )\d+/g) ?? [],
    ended: () => new Promise((resolve) => socket.end().once("close", resolve)),
  };
}

// In another process than this one, nothing in PostgreSQL changes within one turn of the event loop.
it.runIf(isOnSqlite())(
  "refuses a disabled user's request that came behind another one, in the turn in which that one was " +
    "accepted",
  async () => {
    const { email, token } = await signUp(server);
    const authorization = `Authorization: Bearer ${token}`;
    const elsewhere = new Database(server.databasePath);
    const [first, second] = [await open(), await open()];
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);

    server.app.server.once("request", (_, response) => {
      const { end } = response;
      response.end = ((...sent: Parameters<typeof end>) => {
        end.apply(response, sent);
        // Another process disables the account; a client that knows of it sends the next request.
        elsewhere.prepare("UPDATE users SET disabled = 1 WHERE email = ?").run(email);
        second.ask("/api/users/me", authorization);
        return response;
      }) as typeof end;
    });
    // The server finds both at one look.
    first.ask("/api/users/me", authorization);
    second.ask("/api/users/me", authorization);

    await first.ended();
    await second.ended();
    const [[answer], [, behind]] = [first.statuses(), second.statuses()];
    expect(answer).toBe("200");
    expect(behind).toBe("401");
    elsewhere.close();
  },
);
