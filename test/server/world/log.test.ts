import { afterAll, beforeAll, expect, it } from "vitest";
import { openLog } from "../../../apps/server/src/world/log.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

it("writes no password, token, hash or address, whatever happens", async () => {
  const email = await registerUser(server);
  const token = await login(server, email);
  await send(server, "POST", "/api/users/login", { json: { email, password: "wrong-password" } });
  await send(server, "POST", "/api/users/login", {
    body: `{"email":"${email}","password":"half-a-body`,
    headers: { "Content-Type": "application/json" },
  });
  await send(server, "GET", `/api/users/me?token=${token}`, { token });
  await send(server, "POST", "/api/users/reset_password", {
    json: { email, old_password: PASSWORD, new_password: "new-password" },
  });
  await send(server, "POST", "/api/users/refresh_token", {
    token,
    headers: { "Idempotency-Key": "idempotency-key-1" },
  });
  await send(server, "GET", `/trpc/users.me?input=${encodeURIComponent(JSON.stringify({ email }))}`);
  await send(server, "POST", "/api/auth/register", {
    json: { username: "logged", email: freshEmail(), password: PASSWORD },
  });
  const lines = server.logLines.join("");
  expect(lines).toMatch(/"procedure":"users.login","code":"INVALID_CREDENTIALS"/);
  const secrets = [
    email,
    token,
    PASSWORD,
    "wrong-password",
    "half-a-body",
    "new-password",
    "idempotency-key-1",
    "$argon2",
    "logged",
  ];
  for (const secret of secrets) expect(lines).not.toContain(secret);
});

it("writes only fields of the allow-list, and of an error neither message nor values", () => {
  const lines: string[] = [];
  const log = openLog("info", { write: (line) => lines.push(line) });
  const error = Object.assign(new Error("password=hunter2", { cause: new Error("token=abc") }), {
    code: "SQLITE_FULL",
    detail: "user@example.com",
  });
  const fields = { code: "OK", password: "hunter2", email: "user@example.com", error };
  log("info", "call", fields);
  const [line = ""] = lines;
  expect(JSON.parse(line)).toMatchObject({
    msg: "call",
    code: "OK",
    error: { class: "Error", code: "SQLITE_FULL" },
  });
  expect(line).not.toMatch(/hunter2|abc|user@/);
});
