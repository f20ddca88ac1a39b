import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { BY_OPERATOR } from "../../../support/operator.js";
import { login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

/** Refused everywhere: on both surfaces, and for refresh. */
async function expectDead(server: TestServer, token: string): Promise<void> {
  const me = await send(server, "GET", "/api/users/me", { token });
  expect([me.status, me.text]).toEqual([401, '{"detail":"Token is invalid"}']);
  const verify = await send(server, "GET", "/api/auth/verify", { token });
  expect([verify.status, verify.text]).toEqual([401, '{"detail":"Invalid token"}']);
  const refresh = await send(server, "POST", "/api/users/refresh_token", { token });
  expect([refresh.status, refresh.text]).toEqual([403, '{"detail":"Refresh token is invalid or expired"}']);
}

async function expectAlive(server: TestServer, token: string): Promise<void> {
  expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
}

const engines = [
  ["on SQLite alone", false],
  ["with Redis", true],
] as const;

describe.each(engines)("revocation %s", (_, withRedis) => {
  const environment = withRedis ? { REDIS_URL: inject("redisUrl") } : {};
  let server: TestServer;
  /** A second server on the same database, with its own connections. */
  let second: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
    second = await startServer({ environment, databasePath: server.databasePath, clock: server.clock });
  });
  afterAll(async () => {
    await second.close();
    await server.close();
  });

  it("refuses a token on the next request after logout, on every server", async () => {
    const { token } = await signUp(server);
    await expectAlive(second, token);
    await send(server, "POST", "/api/users/logout", { token });
    await expectDead(second, token);
    await expectDead(server, token);
  });

  it("refuses a token on the next request after it was exchanged, on every server", async () => {
    const { token } = await signUp(server);
    await expectAlive(second, token);
    const successor = (await send(server, "POST", "/api/users/refresh_token", { token })).json.access_token;
    // Dead at once for every use; its exchange may be repeated for ten seconds.
    for (const at of [second, server]) {
      expect((await send(at, "GET", "/api/users/me", { token })).status).toBe(401);
    }
    server.clock.advance({ seconds: 11 });
    await expectDead(second, token);
    await expectDead(server, token);
    await expectAlive(second, successor);
  });

  it("refuses the tokens of a user who was disabled, and does not revive them when the user is enabled again", async () => {
    const { email, token } = await signUp(server);
    await expectAlive(second, token);
    const { accounts } = server.app.features;
    const account = await accounts.find({ email });
    if (account === undefined) throw new Error("not found");
    await accounts.disable(account, undefined, BY_OPERATOR);
    await expectDead(second, token);
    await expectDead(server, token);
    await accounts.enable(account, BY_OPERATOR);
    await expectDead(second, token);
    await expectAlive(second, await login(second, email));
  });

  it("ends all sessions at a password reset except the one whose token the request carries", async () => {
    const email = await registerUser(server);
    const [own, other] = [await login(server, email), await login(second, email)];
    const json = { email, old_password: PASSWORD, new_password: "another one" };
    const answer = await send(server, "POST", "/api/users/reset_password", { json, token: own });
    expect(answer.status).toBe(200);
    await expectDead(second, other);
    await expectAlive(second, own);
  });

  it("keeps no session at a password reset that carries another user's token", async () => {
    const { token: foreign } = await signUp(server);
    const { email, token } = await signUp(server);
    const json = { email, old_password: PASSWORD, new_password: PASSWORD };
    await send(server, "POST", "/api/users/reset_password", { json, token: foreign });
    await expectDead(second, token);
    await expectAlive(second, foreign);
  });

  it("still refuses after a restart", async () => {
    const first = await startServer({ environment, clock: server.clock, databasePath: server.databasePath });
    const { token } = await signUp(first);
    const { token: alive } = await signUp(first);
    await send(first, "POST", "/api/users/logout", { token });
    await first.close();
    const restarted = await startServer({
      environment,
      clock: server.clock,
      databasePath: server.databasePath,
    });
    await expectDead(restarted, token);
    await expectAlive(restarted, alive);
    await restarted.close();
  });

  it("refuses until the end of the refresh window, not only of the access lifetime", async () => {
    const { token } = await signUp(server);
    await send(server, "POST", "/api/users/logout", { token });
    server.clock.advance({ days: 6, minutes: 23 * 60 });
    await server.app.features.sessions.deleteOver();
    const refresh = await send(second, "POST", "/api/users/refresh_token", { token });
    expect(refresh.status).toBe(403);
  });
});
