import { afterEach, describe, expect, it } from "vitest";
import { templatesTo } from "../../../support/mail.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { rowsElsewhere, runElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { doors, headersFrom, repeat, statuses, usersLogin } from "./doors.js";

const servers: TestServer[] = [];
afterEach(async () => {
  for (const each of servers.splice(0).reverse()) await each.close();
});
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  const server = await startServer({ environment: { TRUST_PROXY: "1", ...environment } });
  servers.push(server);
  return server;
};

const registerAt = (server: TestServer, network: string, json: Record<string, string>) =>
  send(server, "POST", "/api/auth/register", { json, headers: headersFrom(network) });
const newcomer = (change: Record<string, string> = {}) => {
  const email = freshEmail();
  return { username: email.split("@")[0] ?? "", email, password: PASSWORD, ...change };
};

describe("a correct password", () => {
  it.each(doors)("at %s is never refused among 200 at the same moment", async (_, door) => {
    const server = await start();
    const email = await registerUser(server);
    const answers = await repeat(200, (i) => door(server, email, PASSWORD, `192.0.2.${i % 2}`));
    // Of several changes of one password at once, one wins; the others no longer have the right one.
    expect(statuses(answers, 429)).toBe(0);
    expect(statuses(answers, 200)).toBeGreaterThan(0);
    expect((await door(server, email, PASSWORD, "192.0.2.1")).status).toBe(200);
  });

  it("gets its turn among wrong ones, as long as there is a guess left", async () => {
    const server = await start();
    const email = await registerUser(server);
    const wrong = repeat(29, (i) => usersLogin(server, email, `wrong ${i}`, "192.0.2.1"));
    const right = repeat(50, () => usersLogin(server, email, PASSWORD, "192.0.2.1"));
    expect(statuses(await wrong, 400)).toBe(29);
    expect(statuses(await right, 200)).toBe(50);
  });
});

describe("refusals that tell that a name is free count like those that tell that it is taken", () => {
  const three = { GUESSES_PER_NETWORK: "3" };
  const probe = (server: TestServer, change: Record<string, string> = {}) =>
    registerAt(server, "192.0.2.1", newcomer(change));

  it("with a password that is refused for being common", async () => {
    const server = await start({ ...three, COMMON_PASSWORDS: "refuse" });
    const email = await registerUser(server);
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push((await probe(server, { password: "123456" })).status);
    expect(answers).toEqual([422, 422, 422, 429, 429]);
    expect((await probe(server, { email, password: "123456" })).status).toBe(429);
  });

  it("once the network has registered as many accounts as it may", async () => {
    const server = await start({ ...three, REGISTRATIONS_PER_NETWORK: "1" });
    const email = await registerUser(server);
    await probe(server);
    expect((await probe(server, { email })).status).toBe(409);
    for (let i = 0; i < 2; i++) expect((await probe(server)).status).toBe(429);
    expect((await probe(server, { email })).status).toBe(429);
  });
});

describe("an IPv6 /48", () => {
  it("has eight times the guesses of a network, however many networks it has", async () => {
    const server = await start({ GUESSES_PER_NETWORK: "5" });
    const at = (i: number) => `2001:db8:7:${i.toString(16)}::1`;
    const answers = await repeat(100, (i) => usersLogin(server, freshEmail(), "wrong", at(i)));
    expect([statuses(answers, 400), statuses(answers, 429)]).toEqual([40, 60]);
    expect((await usersLogin(server, freshEmail(), "wrong", "2001:db8:8::1")).status).toBe(400);
  });

  it("has eight times the registrations of a network", async () => {
    const server = await start({ REGISTRATIONS_PER_NETWORK: "2" });
    const answers = await repeat(30, (i) => registerAt(server, `2001:db8:7:${i}::1`, newcomer()));
    expect([statuses(answers, 201) + statuses(answers, 200), statuses(answers, 429)]).toEqual([16, 14]);
  });

  it("has eight times the mails of a network", async () => {
    const server = await start({ MAILS_PER_NETWORK: "2" });
    const answers = await repeat(30, (i) =>
      send(server, "POST", "/api/v1/recovery/request", {
        json: { email: freshEmail() },
        headers: headersFrom(`2001:db8:7:${i}::1`),
      }),
    );
    expect(statuses(answers, 429)).toBe(14);
  });

  it("does not lock an owner out of a network in it where they have signed in before", async () => {
    const server = await start({ GUESSES_PER_NETWORK: "2" });
    const email = await registerUser(server);
    await usersLogin(server, email, PASSWORD, "2001:db8:7:1::1");
    await repeat(60, (i) => usersLogin(server, freshEmail(), "wrong", `2001:db8:7:a${i}::1`));
    expect((await usersLogin(server, email, PASSWORD, "2001:db8:7:2::1")).status).toBe(429);
    expect((await usersLogin(server, email, PASSWORD, "2001:db8:7:1::2")).status).toBe(200);
  });
});

describe("a user who has only registered", () => {
  it.each(["auth", "users"])(
    "at %s is not locked out of their network by 60 guesses from elsewhere",
    async (surface) => {
      const server = await start();
      const { email, ...rest } = newcomer();
      const json =
        surface === "auth"
          ? { email, ...rest }
          : { email, password: PASSWORD, first_name: "", last_name: "", phone_number: "" };
      await send(server, "POST", `/api/${surface}/register`, { json, headers: headersFrom("198.51.100.7") });
      await repeat(100, (i) => usersLogin(server, email, "wrong", `192.0.2.${i}`));
      expect((await usersLogin(server, email, PASSWORD, "192.0.2.200")).status).toBe(429);
      expect((await usersLogin(server, email, PASSWORD, "198.51.100.7")).status).toBe(200);
    },
  );
});

describe("a refusal", () => {
  const authLogin = (server: TestServer, username: string, network: string) =>
    send(server, "POST", "/api/auth/login", {
      json: { username, password: "wrong" },
      headers: headersFrom(network),
    });

  it("does not tell which address belongs to a name", async () => {
    const server = await start();
    const [account, other] = [newcomer(), newcomer()];
    await registerAt(server, "198.51.100.7", account);
    await registerAt(server, "198.51.100.7", other);
    const byName = await repeat(31, () => authLogin(server, account.username, "192.0.2.1"));
    expect(statuses(byName, 429)).toBe(1);
    for (const name of [account.email, other.email, freshEmail()]) {
      expect((await authLogin(server, name, "192.0.2.1")).status).toBe(401);
    }
  });

  it("comes after the same number of guesses for a name, its address and a name that is unknown", async () => {
    const server = await start();
    const account = newcomer();
    await registerAt(server, "198.51.100.7", account);
    const served: number[] = [];
    for (const name of [account.username, account.email, "nobody", freshEmail()]) {
      const answers = await repeat(100, (i) => authLogin(server, name, `192.0.2.${i}`));
      served.push(statuses(answers, 401));
    }
    expect(served).toEqual([60, 60, 60, 60]);
  });
});

describe("answers that tell who has an account", () => {
  it.each([
    [
      "the auth surface",
      409,
      (server: TestServer, email: string) => registerAt(server, "192.0.2.1", newcomer({ email })),
    ],
    [
      "the users surface",
      400,
      (server: TestServer, email: string) =>
        send(server, "POST", "/api/users/register", {
          json: { email, password: PASSWORD, first_name: "", last_name: "", phone_number: "" },
          headers: headersFrom("192.0.2.1"),
        }),
    ],
  ] as const)(
    "are counted per network when registering at %s: past the limit, 429",
    async (_, taken, register) => {
      const server = await start({ GUESSES_PER_NETWORK: "5" });
      const email = await registerUser(server);
      const answers = await repeat(20, () => register(server, email));
      expect([statuses(answers, taken), statuses(answers, 429)]).toEqual([5, 15]);
      expect(answers.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("900");
      // It does not depend on the name, so that it tells nothing.
      expect((await register(server, freshEmail())).status).toBe(429);
      expect((await registerAt(server, "192.0.2.2", newcomer())).status).toBeLessThan(300);
      server.clock.advance({ minutes: 15 });
      expect((await register(server, email)).status).toBe(taken);
    },
  );

  it("do not count when a name is free", async () => {
    const server = await start({ GUESSES_PER_NETWORK: "5" });
    const answers = await repeat(20, () => registerAt(server, "192.0.2.1", newcomer()));
    expect(statuses(answers, 429)).toBe(0);
  });

  it.each(["/api/users/reset_password", "/api/users/reset-password"])(
    "are counted per network at %s: past the limit, 429",
    async (path) => {
      const server = await start({ GUESSES_PER_NETWORK: "5" });
      const reset = (email: string) =>
        send(server, "POST", path, {
          json: { email, old_password: "wrong", new_password: PASSWORD },
          headers: headersFrom("192.0.2.1"),
        });
      const answers = await repeat(20, () => reset(freshEmail()));
      expect([statuses(answers, 404), statuses(answers, 429)]).toEqual([5, 15]);
      expect((await reset(await registerUser(server))).status).toBe(429);
    },
  );

  it("are counted per network when a signed-in user asks for another address", async () => {
    const server = await start({
      GUESSES_PER_NETWORK: "5",
      MAILS_PER_ADDRESS: "1000",
      MAILS_PER_NETWORK: "1000",
    });
    const [mine, taken] = [await registerUser(server), await registerUser(server)];
    const token = await login(server, mine);
    const change = () =>
      send(server, "POST", "/api/v1/email/change", {
        json: { newEmail: taken },
        token,
        headers: headersFrom("192.0.2.1"),
      });
    const answers = await repeat(20, change);
    expect([statuses(answers, 409), statuses(answers, 429)]).toEqual([5, 15]);
  });
});

describe("a username that a signed-in user asks for", () => {
  it("is refused per network as often as other names: past the limit, 429", async () => {
    const server = await start({ GUESSES_PER_NETWORK: "5" });
    const [mine, other] = [await registerUser(server), newcomer()];
    await registerAt(server, "192.0.2.2", other);
    const token = await login(server, mine);
    const change = (json: Record<string, string>) =>
      send(server, "PATCH", "/api/v1/account", { json, token, headers: headersFrom("192.0.2.1") });
    const answers = await repeat(20, () => change({ username: other.username }));
    expect([statuses(answers, 409), statuses(answers, 429)]).toEqual([5, 15]);
    expect((await change({ firstName: "San" })).status).toBe(200);
  });
});

describe("mails to one address", () => {
  it("stay within its quota, however often it is registered and deleted", async () => {
    const server = await start({ EMAIL_VERIFICATION: "soft" });
    const email = freshEmail();
    let sent = 0;
    for (let i = 0; i < 8; i++) {
      await registerAt(server, "192.0.2.1", newcomer({ email }));
      await server.app.features.mailWorker.deliver();
      // Deleted with the account.
      sent += (await templatesTo(server, email)).length;
      await send(server, "DELETE", "/api/v1/account", { token: await login(server, email) });
    }
    expect(sent).toBe(5);
  });

  it("stay within twice that for each kind, and one more about each account", async () => {
    const server = await start({ MAIL_NOTICES: "on" });
    const email = await registerUser(server);
    for (let i = 0; i < 25; i++) {
      const json = { email, old_password: PASSWORD, new_password: PASSWORD };
      await send(server, "POST", "/api/users/reset_password", { json });
      await server.app.features.mailWorker.deliver();
    }
    const mails = await server.app.features.mail.list({ limit: 100 });
    expect(mails.filter(({ state }) => state === "kept")).toHaveLength(11);
    expect(mails.filter(({ lastError }) => lastError === "EQUOTA")).toHaveLength(14);
  });
});

describe("a place", () => {
  const places = (server: TestServer) => rowsElsewhere(server, "SELECT id FROM known_places");

  it("is not remembered for a correct password that lets no session begin", async () => {
    const server = await start();
    const email = await registerUser(server);
    const { app } = server;
    const account = await app.features.accounts.find({ email });
    const before = (await places(server)).length;
    await runElsewhere(server, "UPDATE users SET disabled = ?", true);
    expect((await usersLogin(server, account?.email ?? "", PASSWORD, "198.51.100.7")).status).toBe(403);
    expect(await places(server)).toHaveLength(before);
  });

  it("is remembered in the commit that begins the session", async () => {
    const server = await start();
    const email = await registerUser(server);
    const before = (await places(server)).length;
    await usersLogin(server, email, PASSWORD, "198.51.100.7");
    expect(await places(server)).toHaveLength(before + 1);
  });
});
