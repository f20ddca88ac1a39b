import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login, PASSWORD, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

const OWNER = { "X-Forwarded-For": "198.51.100.9" };
const THIEF = { "X-Forwarded-For": "203.0.113.6" };

let server: TestServer;
let owner: string;
let thief: string;
const unread: Socket[] = [];
beforeAll(async () => {
  server = await startServer({ environment: { TRUST_PROXY: "1" } });
  const email = freshEmail();
  const name = "中".repeat(10_000);
  const json = { email, password: PASSWORD, first_name: name, last_name: name, phone_number: "" };
  expect((await send(server, "POST", "/api/users/register", { json })).status).toBe(200);
  owner = await login(server, email);
  thief = await login(server, email);
});
afterAll(async () => {
  for (const socket of unread) socket.destroy();
  await server.close();
});

/** Sends a request twelve times on a connection of its own, and reads no more than the beginning of the answers. */
async function leaveUnread(head: string, body = ""): Promise<void> {
  const socket = connect(server.port, "127.0.0.1");
  unread.push(socket.on("error", () => {}));
  const headers = `Host: a\r\nX-Forwarded-For: 203.0.113.6\r\nAuthorization: Bearer ${thief}\r\n`;
  const type = body === "" ? "" : "Content-Type: application/json\r\n";
  const request = `${head} HTTP/1.1\r\n${headers}${type}Content-Length: ${body.length}\r\n\r\n${body}`;
  socket.write(request.repeat(12));
  await once(socket, "readable");
}

const twenty = (procedure: string) => Array(20).fill(procedure).join(",");

/** The thief asks until nothing more is made for the account, and then changes it, which is always answered. */
async function fillTheRoom(): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    await leaveUnread(`GET /trpc/${twenty("account.get")}?batch=1`);
    const probe = await call(server, "query", "account.get", { token: thief, headers: THIEF });
    if (probe.status === 503) {
      const inputs = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i, { phoneNumber: `${i}` }]));
      await leaveUnread(`POST /trpc/${twenty("account.update")}?batch=1`, JSON.stringify(inputs));
      return;
    }
  }
  throw new Error("the room is never full");
}

describe("the owner of an account, while a thief leaves its answers unread", () => {
  it("reads what is large, and ends the thief's session", async () => {
    await fillTheRoom();
    const read = await send(server, "GET", "/api/v1/account", { token: owner, headers: OWNER });
    expect([read.status, read.json.error?.code]).toEqual([200, undefined]);
    await fillTheRoom();
    const ended = await send(server, "POST", "/api/v1/sessions/end-others", { token: owner, headers: OWNER });
    expect([ended.status, ended.json?.error?.code]).toEqual([200, undefined]);
    const after = await send(server, "GET", "/api/v1/account", { token: thief, headers: THIEF });
    expect(after.status).toBe(401);
  });
});
