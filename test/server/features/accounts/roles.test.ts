import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf } from "../../../seeds/expect-answer.js";
import { BY_OPERATOR } from "../../../support/operator.js";
import { login, send, signUp } from "../../../support/rest.js";
import { valueElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
let node: TestServer;
beforeAll(async () => {
  server = await startServer();
  const { databasePath, clock } = server;
  node = await startServer({ databasePath, clock });
});
afterAll(async () => {
  await node.close();
  await server.close();
});

const accountOf = async (email: string) => {
  const account = await server.app.features.accounts.find({ email });
  if (account === undefined) throw new Error(`there is no ${email}`);
  return account;
};
const setRole = async (email: string, role: "user" | "admin") =>
  server.app.features.accounts.edit(await accountOf(email), { role }, BY_OPERATOR);
const me = (at: TestServer, token: string) => send(at, "GET", "/api/users/me", { token });

describe("a role", () => {
  it("is in the tokens of administrators, including exchanged ones, and in no other user's", async () => {
    const { email, token } = await signUp(server);
    expect(Object.keys(claimsOf(token)).sort()).toEqual(["exp", "iat", "jti", "sid", "sub", "username"]);
    await setRole(email, "admin");
    const first = await login(server, email);
    const refreshed = await send(server, "POST", "/api/users/refresh_token", { token: first });
    expect(claimsOf(first).role).toBe("admin");
    expect(claimsOf(refreshed.json.access_token).role).toBe("admin");
  });

  it("that changes ends the sessions at once, in every process, both ways", async () => {
    const { email, token } = await signUp(server);
    await signUp(server).then((other) => setRole(other.email, "admin"));
    expect((await me(node, token)).status).toBe(200);
    await setRole(email, "admin");
    expect([(await me(server, token)).status, (await me(node, token)).status]).toEqual([401, 401]);
    const asAdmin = await login(node, email);
    await setRole(email, "user");
    expect([(await me(server, asAdmin)).status, (await me(node, asAdmin)).status]).toEqual([401, 401]);
  });
});

describe("a deleted account", () => {
  it("leaves only rows about what is revoked, and its tokens are invalid at once in every process", async () => {
    const { email, token } = await signUp(server);
    const second = await login(server, email);
    await send(server, "POST", "/api/users/logout", { token: second });
    expect((await me(node, token)).status).toBe(200);
    const account = await accountOf(email);
    await server.app.features.accounts.delete(account.uuid, BY_OPERATOR);

    for (const at of [server, node]) {
      for (const dead of [token, second]) {
        expect((await me(at, dead)).status).toBe(401);
        expect((await send(at, "POST", "/api/users/refresh_token", { token: dead })).status).toBe(401);
      }
    }
    const count = (table: string, column: string, value: string | number) =>
      valueElsewhere(server, `SELECT count(*) FROM ${table} WHERE ${column} = ?`, value);
    expect(await count("users", "uuid", account.uuid)).toBe(0);
    expect(await count("user_info", "user_id", account.id)).toBe(0);
    expect(await count("sessions", "user_id", account.id)).toBe(0);
    expect(await count("revocations", "id", String(claimsOf(second).sid))).toBe(1);
  });

  it("leaves its names to others, who gain nothing from it", async () => {
    const { email, token } = await signUp(server);
    await server.app.features.accounts.delete((await accountOf(email)).uuid, BY_OPERATOR);
    const json = { username: email, email, password: "another's password" };
    expect((await send(server, "POST", "/api/auth/register", { json })).status).toBe(200);
    expect((await me(server, token)).status).toBe(401);
  });
});
