import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freshEmail, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

const times = <T>(count: number, run: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => run(i));
const count = (values: readonly unknown[], wanted: unknown) =>
  values.filter((value) => value === wanted).length;

describe.each([
  ["on SQLite alone", false],
  ["with Redis", true],
] as const)("races %s", (_, withRedis) => {
  const environment = withRedis ? { REDIS_URL: inject("redisUrl") } : {};
  let servers: readonly [TestServer, TestServer];
  const either = (index: number) => servers[index % 2] as TestServer; // Safe: there are two.
  beforeAll(async () => {
    const first = await startServer({ environment });
    const databasePath = first.databasePath;
    servers = [first, await startServer({ environment, databasePath, clock: first.clock })];
  });
  afterAll(async () => {
    await servers[1].close();
    await servers[0].close();
  });

  it("leaves exactly one user of 100 concurrent identical registrations", async () => {
    const json = { email: freshEmail(), password: PASSWORD, first_name: "", last_name: "", phone_number: "" };
    const answers = await Promise.all(
      times(100, (i) => send(either(i), "POST", "/api/users/register", { json })),
    );
    expect(
      count(
        answers.map(({ status }) => status),
        200,
      ),
    ).toBe(1);
    expect(
      count(
        answers.map(({ status }) => status),
        400,
      ),
    ).toBe(99);
  });

  it("reports no fault if an account is deleted while its owner signs in", async () => {
    const { email, token } = await signUp(servers[0]);
    const deleting = send(servers[1], "DELETE", "/api/v1/account", { token });
    const json = { email, password: PASSWORD };
    const signIns = times(20, (i) => send(either(i), "POST", "/api/users/login", { json }));
    expect((await deleting).status).toBe(204);
    for (const { status, json: answer } of await Promise.all(signIns)) {
      expect([200, 400]).toContain(status);
      if (status === 400) continue;
      const me = await send(servers[0], "GET", "/api/users/me", { token: answer.access_token });
      expect(me.status).toBe(401);
    }
  });

  it("leaves exactly one user of 100 registrations of one username with different addresses", async () => {
    const username = `name${Math.random()}`;
    const answers = await Promise.all(
      times(100, (i) =>
        send(either(i), "POST", "/api/auth/register", {
          json: { username, email: freshEmail(), password: PASSWORD },
        }),
      ),
    );
    expect(
      count(
        answers.map(({ status }) => status),
        200,
      ),
    ).toBe(1);
    expect(
      count(
        answers.map(({ status }) => status),
        409,
      ),
    ).toBe(99);
  });

  it("leaves exactly one successor of 100 concurrent refreshes of one token without a key", async () => {
    const { token } = await signUp(servers[0]);
    const answers = await Promise.all(
      times(100, (i) => send(either(i), "POST", "/api/users/refresh_token", { token })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const successors = new Set(answers.map(({ json }) => json.access_token));
    expect(successors.size).toBe(1);
    const [successor = ""] = successors;
    expect((await send(servers[1], "GET", "/api/users/me", { token: successor })).status).toBe(200);
  });

  it("gives the same successor to 100 refreshes of one token with one idempotency key", async () => {
    const { token } = await signUp(servers[0]);
    const headers = { "Idempotency-Key": "one-key-for-all-tabs" };
    const answers = await Promise.all(
      times(100, (i) => send(either(i), "POST", "/api/users/refresh_token", { token, headers })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
  });

  it("logs out once of 50 concurrent logouts", async () => {
    const { token } = await signUp(servers[0]);
    const answers = await Promise.all(
      times(50, (i) => send(either(i), "POST", "/api/users/logout", { token })),
    );
    expect(
      count(
        answers.map(({ status }) => status),
        200,
      ),
    ).toBe(1);
    expect(
      count(
        answers.map(({ status }) => status),
        401,
      ),
    ).toBe(49);
  });

  it("resets a password once of 15 concurrent resets, and the winner's works", async () => {
    const email = await registerUser(servers[0]);
    const reset = (i: number) =>
      send(either(i), "POST", "/api/users/reset_password", {
        json: { email, old_password: PASSWORD, new_password: `new password ${i}` },
      });
    const answers = await Promise.all(times(15, reset));
    expect(
      count(
        answers.map(({ status }) => status),
        200,
      ),
    ).toBe(1);
    expect(
      count(
        answers.map(({ text }) => text),
        '{"detail":"Incorrect password"}',
      ),
    ).toBe(14);
    const winner = answers.findIndex(({ status }) => status === 200);
    const tries = await Promise.all(
      times(15, (i) =>
        send(either(i), "POST", "/api/users/login", { json: { email, password: `new password ${i}` } }),
      ),
    );
    expect(tries.map(({ status }) => status)).toEqual(times(15, (i) => (i === winner ? 200 : 400)));
  });

  it("gives two tokens to two logins in one second", async () => {
    const email = await registerUser(servers[0]);
    const json = { email, password: PASSWORD };
    const answers = await Promise.all(times(2, (i) => send(either(i), "POST", "/api/users/login", { json })));
    const tokens = answers.map((answer) => answer.json.access_token);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens)
      expect((await send(servers[0], "GET", "/api/users/me", { token })).status).toBe(200);
  });
});
