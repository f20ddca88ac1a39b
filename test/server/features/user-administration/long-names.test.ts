import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login, PASSWORD, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { DOORS, newAdmin, newUser, type Person } from "./doors.js";

let server: TestServer;
let admin: Person;
/** Sixty users whose names fill the body of a registration. */
const longNamed: string[] = [];
beforeAll(async () => {
  server = await startServer();
  admin = await newAdmin(server);
  const names = { first_name: "中".repeat(10_000), last_name: "中".repeat(10_000) };
  for (let i = 0; i < 60; i++) {
    const email = freshEmail();
    longNamed.push(email);
    server.clock.advance({ ms: 1 });
    const json = { email, password: PASSWORD, ...names, phone_number: "1".repeat(4000) };
    expect((await send(server, "POST", "/api/users/register", { json })).status).toBe(200);
  }
});
afterAll(() => server.close());

describe.each(DOORS)("a page of users with long names over %s", (_, door) => {
  it("holds a bounded number of bytes, and the next pages hold all the others once", async () => {
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const input = { prefix: "user", order: "oldest", limit: 200, ...(after !== undefined && { after }) };
      const { output } = await door(server, "list", { input, token: admin.token });
      expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThan(300 * 1024);
      seen.push(...output.users.map(({ email }: { email: string }) => email));
      if (output.next === null) break;
      after = output.next;
    }
    expect(seen.filter((email) => longNamed.includes(email))).toEqual(longNamed);
  });
});

it("a batch of large pages is made as far as there is room for its answer", async () => {
  const path = `${Array(20).fill("adminUsers.list").join(",")}?batch=1`;
  const inputs = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i, { limit: 200 }]));
  const sent = `${path}&input=${encodeURIComponent(JSON.stringify(inputs))}`;
  const { json, text, headers } = await call(server, "query", sent, { token: admin.token });
  expect(Buffer.byteLength(text)).toBeLessThan(4.5 * 1024 * 1024);
  const codes = json.map((each: { error?: { data: { appCode: string } } }) => each.error?.data.appCode);
  expect(codes.slice(0, 10)).toEqual(Array(10).fill(undefined));
  expect(codes.at(-1)).toBe("UNAVAILABLE");
  expect(headers.get("retry-after")).toBe("1");
  expect((await send(server, "GET", "/api/v1/admin/users", { token: admin.token })).status).toBe(200);
});

it("a name, a phone number or a reason of more than 300 code points is refused under /api/v1", async () => {
  const { id, token } = await newUser(server);
  const refusedWith = async (method: string, path: string, json: object, bearer: string) => {
    const answer = await send(server, method, path, { json, token: bearer });
    return [answer.status, answer.json.error.code];
  };
  for (const field of ["firstName", "lastName", "phoneNumber"]) {
    const tooLong = { [field]: "中".repeat(301) };
    expect(await refusedWith("PATCH", "/api/v1/account", tooLong, token)).toEqual([422, "INVALID_INPUT"]);
    const path = `/api/v1/admin/users/${id}`;
    expect(await refusedWith("PATCH", path, tooLong, admin.token)).toEqual([422, "INVALID_INPUT"]);
    const created = { email: freshEmail(), ...tooLong };
    expect(await refusedWith("POST", "/api/v1/admin/users", created, admin.token)).toEqual([
      422,
      "INVALID_INPUT",
    ]);
    const fits = await send(server, "PATCH", "/api/v1/account", {
      json: { [field]: "𠮷".repeat(300) },
      token,
    });
    expect(fits.status).toBe(200);
  }
  const disable = `/api/v1/admin/users/${id}/disable`;
  expect(await refusedWith("POST", disable, { reason: "x".repeat(301) }, admin.token)).toEqual([
    422,
    "INVALID_INPUT",
  ]);
});

it("long names that were registered are kept, and read by their owner", async () => {
  const token = await login(server, longNamed[0] ?? "");
  const { json } = await send(server, "GET", "/api/users/me", { token });
  expect(json.first_name).toBe("中".repeat(10_000));
});
