import { afterEach, describe, expect, it } from "vitest";
import { freshEmail, PASSWORD, registerUser } from "../../../support/rest.js";
import { startServer, type TestServer, type TestServerOptions } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { doors, headersFrom, repeat, statuses, usersLogin } from "./doors.js";

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0).reverse()) await server.close();
});
/** Behind one proxy, so that a test can come from any network. */
const start = async (options: TestServerOptions = {}) => {
  const environment = { TRUST_PROXY: "1", ...options.environment };
  const server = await startServer({ ...options, environment });
  servers.push(server);
  return server;
};

describe("guess limits", () => {
  it.each(doors)(
    "at %s: of 200 guesses at once 30 are compared, the others get 429 with Retry-After",
    async (_, door) => {
      const server = await start();
      const email = await registerUser(server);
      const answers = await repeat(200, (i) => door(server, email, `wrong ${i}`, "192.0.2.1"));
      expect(statuses(answers, 429)).toBe(170);
      const refused = answers.find(({ status }) => status === 429);
      expect(refused?.text).toBe('{"detail":"Too many wrong passwords. Try again later."}');
      expect(refused?.headers.get("retry-after")).toBe("900");
    },
  );

  it("count the four endpoints and tRPC together", async () => {
    const server = await start();
    const email = await registerUser(server);
    for (const [, door] of doors) {
      const answers = await repeat(7, () => door(server, email, "wrong", "192.0.2.1"));
      expect(statuses(answers, 429)).toBe(0);
    }
    await usersLogin(server, email, "wrong", "192.0.2.1");
    await usersLogin(server, email, "wrong", "192.0.2.1");
    const refused = await call(server, "mutation", "users.login", {
      input: { email, password: PASSWORD },
      headers: headersFrom("192.0.2.1"),
    });
    expect(refused.json.error.data).toMatchObject({
      appCode: "RATE_LIMITED",
      httpStatus: 429,
      retryAfterSeconds: 900,
    });
    expect(refused.headers.get("retry-after")).toBe("900");
  });

  it("apply to one account from everywhere: 60 networks with one guess each use them up", async () => {
    const server = await start();
    const email = await registerUser(server);
    const answers = await repeat(100, (i) => usersLogin(server, email, "wrong", `192.0.2.${i}`));
    expect(statuses(answers, 400)).toBe(60);
    expect(statuses(answers, 429)).toBe(40);
  });

  it("let the owner in where they have signed in before, while strangers are refused", async () => {
    const server = await start();
    const email = await registerUser(server);
    expect((await usersLogin(server, email, PASSWORD, "198.51.100.7")).status).toBe(200);
    await repeat(100, (i) => usersLogin(server, email, "wrong", `192.0.2.${i}`));
    expect((await usersLogin(server, email, PASSWORD, "192.0.2.200")).status).toBe(429);
    expect((await usersLogin(server, email, PASSWORD, "198.51.100.7")).status).toBe(200);
  });

  it("apply to one network at all accounts, known and unknown alike", async () => {
    const server = await start();
    const answers = await repeat(310, () => usersLogin(server, freshEmail(), "wrong", "192.0.2.1"));
    expect(statuses(answers, 400)).toBe(300);
    expect(statuses(answers, 429)).toBe(10);
    expect((await usersLogin(server, freshEmail(), "wrong", "192.0.2.2")).status).toBe(400);
  });

  it("treat all addresses of an IPv6 /64, in every spelling, as one network", async () => {
    const server = await start();
    const email = await registerUser(server);
    const spellings = [
      "2001:db8::1",
      "2001:DB8:0:0:ffff::2",
      "2001:0db8:0000:0000:1:2:3:4",
      "[2001:db8::5]:443",
    ];
    for (const spelling of spellings) await repeat(8, () => usersLogin(server, email, "wrong", spelling));
    expect((await usersLogin(server, email, "wrong", "2001:db8::9")).status).toBe(429);
    expect((await usersLogin(server, email, "wrong", "2001:db8:0:1::9")).status).toBe(400);
    const other = await registerUser(server);
    await repeat(15, () => usersLogin(server, other, "wrong", "192.0.2.9"));
    await repeat(15, () => usersLogin(server, other, "wrong", "::ffff:192.0.2.9"));
    expect((await usersLogin(server, other, "wrong", "::ffff:c000:209")).status).toBe(429);
  });

  it("never affect a user with the correct password, however often and however many at once", async () => {
    const server = await start();
    const people = await repeat(100, () => registerUser(server));
    const answers = await Promise.all(
      people.map((email) => usersLogin(server, email, PASSWORD, "192.0.2.1")),
    );
    expect(statuses(answers, 200)).toBe(100);
    for (let i = 0; i < 4; i++) {
      const again = await repeat(25, () => usersLogin(server, people[0] ?? "", PASSWORD, "192.0.2.1"));
      expect(statuses(again, 200)).toBe(25);
    }
  });

  it("let a user mistype a few times and then sign in", async () => {
    const server = await start();
    const email = await registerUser(server);
    for (let i = 0; i < 5; i++) await usersLogin(server, email, "mistyped", "192.0.2.1");
    expect((await usersLogin(server, email, PASSWORD, "192.0.2.1")).status).toBe(200);
  });

  it("end with their window", async () => {
    const server = await start();
    const email = await registerUser(server);
    await repeat(40, () => usersLogin(server, email, "wrong", "192.0.2.1"));
    server.clock.advance({ minutes: 14 });
    const refused = await usersLogin(server, email, PASSWORD, "192.0.2.1");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    server.clock.advance({ minutes: 1 });
    expect((await usersLogin(server, email, PASSWORD, "192.0.2.1")).status).toBe(200);
  });

  it("are shared by two servers and kept across a restart", async () => {
    const server = await start();
    const second = await start({ databasePath: server.databasePath, clock: server.clock });
    const email = await registerUser(server);
    const answers = await repeat(60, (i) => usersLogin(i % 2 ? server : second, email, "wrong", "192.0.2.1"));
    expect(statuses(answers, 400)).toBe(30);
    const restarted = await start({ databasePath: server.databasePath, clock: server.clock });
    expect((await usersLogin(restarted, email, PASSWORD, "192.0.2.1")).status).toBe(429);
  });

  it("do not count a guess that was never compared", async () => {
    const server = await start({ environment: { PASSWORD_QUEUE_LENGTH: "1" } });
    const email = await registerUser(server);
    const answers = await repeat(25, () => usersLogin(server, email, "wrong", "192.0.2.1"));
    const compared = statuses(answers, 400);
    expect(statuses(answers, 503)).toBe(25 - compared);
    for (let i = compared; i < 30; i++) {
      expect((await usersLogin(server, email, "wrong", "192.0.2.1")).status).toBe(400);
    }
    expect((await usersLogin(server, email, "wrong", "192.0.2.1")).status).toBe(429);
  });
});

describe("X-Forwarded-For", () => {
  it("changes nothing if no proxy is configured", async () => {
    const server = await start({ environment: { TRUST_PROXY: "0" } });
    const email = await registerUser(server);
    const answers = await repeat(40, (i) => usersLogin(server, email, "wrong", `192.0.2.${i}`));
    expect(statuses(answers, 429)).toBe(10);
  });

  it.each(["1", "127.0.0.0/8,::1"])("is read from the right with TRUST_PROXY=%s", async (trust) => {
    const server = await start({ environment: { TRUST_PROXY: trust } });
    const email = await registerUser(server);
    const answers = await repeat(40, (i) => usersLogin(server, email, "wrong", `10.9.8.${i}, 192.0.2.1`));
    expect(statuses(answers, 429)).toBe(10);
    expect((await usersLogin(server, email, "wrong", "192.0.2.1, 192.0.2.2")).status).toBe(400);
  });

  it("whose last entry cannot be read does not make the entries before it count", async () => {
    const server = await start();
    const email = await registerUser(server);
    const answers = await repeat(40, (i) => usersLogin(server, email, "wrong", `192.0.2.${i}, unix:`));
    expect(statuses(answers, 429)).toBe(10);
  });

  it("that is garbage is one network of its own, not a way around", async () => {
    const server = await start();
    const email = await registerUser(server);
    const answers = await repeat(40, (i) => usersLogin(server, email, "wrong", `garbage-${i}`));
    expect(statuses(answers, 429)).toBe(10);
  });
});
