import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BY_OPERATOR } from "../../../support/operator.js";
import { login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const TEMPORARY = "told by telephone";

async function setTemporary(email: string): Promise<void> {
  const { accounts, credentials } = server.app.features;
  const account = await accounts.find({ email });
  if (account === undefined) throw new Error(`there is no ${email}`);
  await credentials.set(account, { password: TEMPORARY, temporary: true }, BY_OPERATOR);
}

const signInByName = (email: string, password: string) =>
  send(server, "POST", "/api/auth/login", { json: { username: email, password } });
const signIn = (email: string, password: string) =>
  send(server, "POST", "/api/users/login", { json: { email, password } });
const reset = (email: string, old_password: string, new_password: string) =>
  send(server, "POST", "/api/users/reset_password", { json: { email, old_password, new_password } });

describe("a temporary password", () => {
  it("signs the user in nowhere, neither on a surface nor over tRPC, and says why", async () => {
    const email = await registerUser(server);
    await setTemporary(email);
    const answer = await signIn(email, TEMPORARY);
    expect([answer.status, answer.text]).toEqual([403, '{"detail":"Password change required"}']);
    const byName = await signInByName(email, TEMPORARY);
    expect([byName.status, byName.text]).toEqual([403, '{"detail":"需要修改密码"}']);
    const input = { email, password: TEMPORARY };
    const { status, json } = await call(server, "mutation", "users.login", { input });
    expect([status, json.error.data.appCode]).toEqual([403, "PASSWORD_CHANGE_REQUIRED"]);
  });

  it("is distinguished from a wrong one only to a caller who knows it", async () => {
    const email = await registerUser(server);
    await setTemporary(email);
    expect((await signIn(email, "wrong")).status).toBe(400);
    // The password that it replaced.
    expect((await signIn(email, PASSWORD)).status).toBe(400);
  });

  it("ends the existing sessions", async () => {
    const { email, token } = await signUp(server);
    await setTemporary(email);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
    expect((await send(server, "POST", "/api/users/refresh_token", { token })).status).toBe(403);
  });

  it("sets another through the old-password endpoint, which then signs in", async () => {
    const email = await registerUser(server);
    await setTemporary(email);
    expect((await reset(email, TEMPORARY, "the owner's own")).status).toBe(200);
    expect(await login(server, email, "the owner's own")).toBeTypeOf("string");
    expect((await signIn(email, TEMPORARY)).status).toBe(400);
  });

  it("does not become the owner's own by being set once more", async () => {
    const email = await registerUser(server);
    await setTemporary(email);
    const answer = await reset(email, TEMPORARY, TEMPORARY);
    expect([answer.status, answer.text]).toEqual([403, '{"detail":"Password change required"}']);
    expect((await signIn(email, TEMPORARY)).status).toBe(403);
  });
});
