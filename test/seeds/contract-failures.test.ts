import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { runElsewhere } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";
import { ENDPOINTS } from "./endpoints.js";
import { expectDetail } from "./expect-answer.js";

const BODY = {
  username: "somebody",
  email: "somebody@example.com",
  password: PASSWORD,
  old_password: PASSWORD,
  new_password: PASSWORD,
  first_name: "",
  last_name: "",
  phone_number: "",
};

describe("a fault of the server", () => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await startServer();
    ({ token } = await signUp(server));
    await runElsewhere(server, "ALTER TABLE users RENAME TO lost");
  });
  afterAll(() => server.close());

  it.each(ENDPOINTS)("at $method $path says nothing of itself", async ({ method, path, body }) => {
    const origin = "http://localhost:3000";
    const answer = await send(server, method, path, {
      token,
      headers: { Origin: origin },
      ...(body && { json: BODY }),
    });
    expectDetail(answer, 500, "Internal Server Error");
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    const all = answer.text + [...answer.headers].join();
    expect(all).not.toMatch(/sqlite|postgres|relation|table|lost|\.ts|\.js|node_modules| at /i);
  });
});

describe("too many logins at once", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      environment: {
        // Slow enough that all of them are there before the first one is done.
        ARGON2_MEMORY_KIB: "65536",
        ARGON2_TIME_COST: "3",
        PASSWORD_QUEUE_LENGTH: "1",
        PASSWORD_QUEUE_SECONDS: "600",
      },
    });
  });
  afterAll(() => server.close());

  it.each([
    ["/api/users/login", 400],
    ["/api/auth/login", 401],
  ])("at %s are answered 503 with Retry-After, and the others as ever", async (path, wrong) => {
    const email = await registerUser(server);
    const json = { email, username: email, password: "wrong" };
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(server, "POST", path, { json })));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer.text).toMatch(/^\{"detail":"[^"]+"\}$/);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(answer.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    }
    const served = answers.filter((answer) => !refused.includes(answer));
    expect(served.length).toBeGreaterThan(0);
    expect(new Set(served.map(({ status }) => status))).toEqual(new Set([wrong]));
  });
});

describe("too many wrong passwords", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment: { GUESSES_PER_ACCOUNT_AND_NETWORK: "3" } });
  });
  afterAll(() => server.close());

  it.each([
    ["/api/users/login", 400],
    ["/api/users/reset_password", 400],
    ["/api/auth/login", 401],
  ])("at %s are answered 429 with Retry-After", async (path, wrong) => {
    const email = await registerUser(server);
    const right = {
      email,
      username: email,
      password: PASSWORD,
      old_password: PASSWORD,
      new_password: PASSWORD,
    };
    const guess = { ...right, password: "wrong", old_password: "wrong" };
    for (let times = 0; times < 3; times++) {
      expect((await send(server, "POST", path, { json: guess })).status).toBe(wrong);
    }
    // Also the right one: who guesses must not learn that he has found it.
    for (const json of [guess, right]) {
      const answer = await send(server, "POST", path, { json });
      expect(answer.status).toBe(429);
      expect(answer.text).toMatch(/^\{"detail":"[^"]+"\}$/);
      expect(answer.headers.get("content-type")).toBe("application/json");
      const seconds = Number(answer.headers.get("retry-after"));
      expect(Number.isSafeInteger(seconds) && seconds > 0).toBe(true);
    }
    const { headers } = await send(server, "POST", path, { json: right });
    server.clock.advance({ seconds: Number(headers.get("retry-after")) });
    expect((await send(server, "POST", path, { json: right })).status).toBe(200);
  });
});
