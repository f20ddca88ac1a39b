import { api } from "@latchkey/contracts/api";
import type { Contract } from "@latchkey/contracts/kit/procedure";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  codeOf,
  DOORS,
  type Door,
  type Doorstep,
  type Entry,
  enrol,
  newVisitor,
  newVisitorWithApp,
  OTHER_DOORS,
  wrongCode,
} from "../../../support/doors.js";
import { send } from "../../../support/rest.js";
import { runElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

let server: TestServer;
let strict: TestServer;
let at: Doorstep;
beforeAll(async () => {
  const environment = {
    COOKIE_SESSIONS: "on",
    PUBLIC_URL: "https://login.example.com",
    GUESSES_PER_NETWORK: "1000000",
  };
  server = await startServer({ environment });
  strict = await startServer({ environment: { ...environment, SECOND_FACTOR: "everyone" } });
  at = { url: server.url, nowMs: server.clock.nowMs };
});
afterAll(async () => {
  await server.close();
  await strict.close();
});

/** The sessions of accounts with a second factor in which none was given. */
async function sessionsWithoutFactor(of: TestServer): Promise<number> {
  const { rows } = await runElsewhere(
    of,
    `SELECT sessions.id FROM sessions JOIN users ON users.id = sessions.user_id
      WHERE factor_generation > 0 AND factor_at IS NULL`,
  );
  return rows.length;
}

function expectRefused(entered: Entry, { fixed }: Door, why: "required" | "wrong"): void {
  expect(entered).toMatchObject({ status: 403, token: undefined });
  if (fixed !== undefined) expect(entered.text).toBe(fixed[why]);
  else expect(entered.text).toContain(why === "required" ? "FACTOR_REQUIRED" : "FACTOR_WRONG");
}

describe.each(DOORS.map((door) => [door.name, door] as const))("%s", (_, door) => {
  it("lets in an account without a factor as ever, whatever code comes along", async () => {
    const who = await newVisitor(at);
    expect(await door.enter(at, who)).toMatchObject({
      status: 200,
      token: expect.any(String),
      factors: null,
    });
    expect(await door.enter(at, who, "123456")).toMatchObject({ status: 200, token: expect.any(String) });
  });

  it("refuses a user without the account's factor, and says what can be given", async () => {
    const who = await newVisitorWithApp(at);
    const entered = await door.enter(at, who);
    expectRefused(entered, door, "required");
    expect(entered.factors).toBe(door.fixed === undefined ? null : "totp, recovery-code");
  });

  it("lets in a user with the app's code, once", async () => {
    const { secret = "", ...who } = await newVisitorWithApp(at);
    const code = codeOf(at, secret);
    expect(await door.enter(at, who, code)).toMatchObject({ status: 200, token: expect.any(String) });
    expectRefused(await door.enter(at, who, code), door, "wrong");
  });

  it("lets in a user with a recovery code, once", async () => {
    const { recoveryCodes = [], ...who } = await newVisitorWithApp(at);
    const [code] = recoveryCodes;
    expect(await door.enter(at, who, code)).toMatchObject({ status: 200, token: expect.any(String) });
    expectRefused(await door.enter(at, who, code), door, "wrong");
  });

  it("refuses a wrong code, and that of another account", async () => {
    const { secret = "", ...who } = await newVisitorWithApp(at);
    const other = await newVisitorWithApp(at);
    expectRefused(await door.enter(at, who, wrongCode(at, secret)), door, "wrong");
    expectRefused(await door.enter(at, who, codeOf(at, other.secret ?? "")), door, "wrong");
    expectRefused(await door.enter(at, who, other.recoveryCodes?.[0]), door, "wrong");
  });

  it("says of a wrong password what it says of any, whatever code comes along", async () => {
    const { secret = "", ...who } = await newVisitorWithApp(at);
    const stranger = { ...who, password: "not the password" };
    const entered = await door.enter(at, stranger, codeOf(at, secret));
    expect(entered.token).toBeUndefined();
    expect(entered.text).not.toMatch(/factor|第二步/i);
    // The code was not spent on it.
    expect(await door.enter(at, who, codeOf(at, secret))).toMatchObject({ status: 200 });
  });

  it("refuses a user who must have a factor and has none, and names nothing to give", async () => {
    const there = { url: strict.url, nowMs: strict.clock.nowMs };
    const entered = await door.enter(there, await newVisitor(there), "123456");
    expect(entered).toMatchObject({ token: undefined, factors: null });
    if (door.fixed !== undefined) expect(entered.text).toBe(door.fixed.required);
    // The ticket for adding a factor is none for giving one.
    else expect(entered.text).toMatch(/ENROLMENT_REQUIRED|SIGN_IN_OVER/);
  });
});

describe("all doors together", () => {
  it("are every procedure that returns a session's token", () => {
    const namespaces: Array<[string, Contract]> = Object.entries(api);
    const withToken = namespaces.flatMap(([namespace, contract]) =>
      Object.entries(contract).flatMap(([name, { session }]) =>
        session !== undefined && "token" in session ? [`${namespace}.${name}`] : [],
      ),
    );
    const covered = [...DOORS.flatMap(({ procedures }) => procedures), ...Object.keys(OTHER_DOORS)];
    expect(withToken.filter((name) => !covered.includes(name))).toEqual([]);
  });

  it("have begun no session without a factor for an account that has one", async () => {
    expect(await sessionsWithoutFactor(server)).toBe(0);
    expect(await sessionsWithoutFactor(strict)).toBe(0);
  });
});

describe("an account that must have a factor and has none", () => {
  const first = async (email: string) => {
    const json = { username: email, password: "correct horse battery" };
    const answer = await send(strict, "POST", "/api/v1/sign-in/password", { json });
    return answer.json.error;
  };
  const there = () => ({ url: strict.url, nowMs: strict.clock.nowMs });

  it("adds one within the sign-in, which then ends with a session, once", async () => {
    const who = await newVisitor(there());
    const refused = await first(who.email);
    expect(refused).toMatchObject({ code: "ENROLMENT_REQUIRED", next: { expiresInSeconds: 600 } });
    const { ticket } = refused.next;
    const finish = () => send(strict, "POST", "/api/v1/sign-in/finish", { json: { ticket } });
    expect((await finish()).json.error.code).toBe("SIGN_IN_OVER");
    await enrol(there(), who, ticket);
    const finished = await Promise.all(Array.from({ length: 20 }, finish));
    expect(finished.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, json } of finished) if (status !== 200) expect(json.error.code).toBe("SIGN_IN_OVER");
    const token = finished.find(({ status }) => status === 200)?.json.token;
    expect((await send(strict, "GET", "/api/v1/account", { token })).status).toBe(200);
    expect(await sessionsWithoutFactor(strict)).toBe(0);
  });

  it("can do nothing else with the ticket, and nothing after another factor was added", async () => {
    const who = await newVisitor(there());
    const [one, other] = [(await first(who.email)).next.ticket, (await first(who.email)).next.ticket];
    for (const [method, path] of [
      ["GET", "/api/v1/account"],
      ["GET", "/api/v1/account/factors"],
      ["POST", "/api/users/refresh_token"],
      ["POST", "/api/users/logout"],
    ] as const) {
      expect((await send(strict, method, path, { token: one })).status, path).toBe(401);
    }
    await enrol(there(), who, one);
    const late = await send(strict, "POST", "/api/v1/account/factors/totp", {
      token: other,
      json: { name: "A stranger's" },
    });
    expect(late.json.error.code).toBe("TOKEN_INVALID");
  });

  it("gets no session when it registers", async () => {
    const json = {
      username: `new${Date.now()}`,
      email: `new${Date.now()}@example.com`,
      password: "correct horse battery",
    };
    const answer = await send(strict, "POST", "/api/auth/register", { json });
    expect([answer.status, answer.text]).toEqual([403, '{"detail":"需要第二步验证"}']);
    expect((await first(json.username)).code).toBe("ENROLMENT_REQUIRED");
  });
});

describe("a ticket", () => {
  const ticketFor = async (email: string, headers = {}) => {
    const json = { username: email, password: "correct horse battery" };
    const answer = await send(server, "POST", "/api/v1/sign-in/password", { json, headers });
    return answer.json.error.next.ticket as string;
  };
  const give = (ticket: string, code: string, headers = {}) => {
    const json = { ticket, factor: { kind: /^\d{6}$/.test(code) ? "totp" : "recoveryCode", code } };
    return send(server, "POST", "/api/v1/sign-in/factor", { json, headers });
  };

  it("starts one session, however often it is used at once, with one code or with as many", async () => {
    const { secret = "", recoveryCodes = [], email } = await newVisitorWithApp(at);
    for (const codes of [[codeOf(at, secret)], recoveryCodes]) {
      const ticket = await ticketFor(email);
      const device = { "Latchkey-Device": "a device with a long random id" };
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => give(ticket, codes[i % codes.length] ?? "", device)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    }
    expect(await sessionsWithoutFactor(server)).toBe(0);
  });

  it("allows five tries, and then not even the right code", async () => {
    const { secret = "", email } = await newVisitorWithApp(at);
    const ticket = await ticketFor(email);
    for (let i = 0; i < 5; i++) {
      expect((await give(ticket, wrongCode(at, secret))).json.error.code).toBe("FACTOR_WRONG");
    }
    expect((await give(ticket, codeOf(at, secret))).json.error.code).toBe("SIGN_IN_OVER");
    expect((await give(await ticketFor(email), codeOf(at, secret))).status).toBe(200);
  });

  it("is over after ten minutes, after a new password, and after a change of the factors", async () => {
    const late = await newVisitorWithApp(at);
    const before = await ticketFor(late.email);
    server.clock.advance({ minutes: 10 });
    expect((await give(before, codeOf(at, late.secret ?? ""))).json.error.code).toBe("SIGN_IN_OVER");

    const changed = await newVisitorWithApp(at);
    const old = await ticketFor(changed.email);
    const json = {
      email: changed.email,
      old_password: changed.password,
      new_password: "another long password",
    };
    const headers = { "Latchkey-Code": changed.recoveryCodes?.[0] ?? "" };
    expect((await send(server, "POST", "/api/users/reset_password", { json, headers })).status).toBe(200);
    expect((await give(old, codeOf(at, changed.secret ?? ""))).json.error.code).toBe("SIGN_IN_OVER");
  });

  it("works on the device where the sign-in began, and on no other", async () => {
    const { recoveryCodes: [one = ""] = [], email } = await newVisitorWithApp(at);
    const device = (id: string) => ({ "Latchkey-Device": `a device with a long random id: ${id}` });
    const ticket = await ticketFor(email, device("mine"));
    expect((await give(ticket, one, device("a stranger's"))).json.error.code).toBe("SIGN_IN_OVER");
    expect((await give(ticket, one, device("mine"))).status).toBe(200);
  });

  it("is over like any other if it was never issued", async () => {
    for (const ticket of ["", "x", "A".repeat(43), "A".repeat(64)]) {
      expect((await give(ticket, "123456")).json.error.code).toBe("SIGN_IN_OVER");
    }
  });
});

describe("a new password with the old one", () => {
  const reset = (email: string, headers = {}) =>
    send(server, "POST", "/api/users/reset_password", {
      json: { email, old_password: "correct horse battery", new_password: "another long password" },
      headers,
    });

  it("asks for the account's factor in the same header", async () => {
    const { email, secret = "" } = await newVisitorWithApp(at);
    const required = await reset(email);
    expect([required.status, required.text]).toEqual([403, '{"detail":"Second factor required"}']);
    expect(required.headers.get("latchkey-factors")).toBe("totp, recovery-code");
    const wrong = await reset(email, { "Latchkey-Code": wrongCode(at, secret) });
    expect([wrong.status, wrong.text]).toEqual([403, '{"detail":"Second factor is wrong"}']);
    expect((await reset(email, { "Latchkey-Code": codeOf(at, secret) })).status).toBe(200);
  });

  it("with a mailed secret begins no session", async () => {
    const answer = await call(server, "mutation", "recovery.complete", {
      input: { secret: "A".repeat(43), newPassword: "another long password" },
    });
    expect(answer.text).not.toContain("token");
  });
});

describe("a page of another origin", () => {
  it("may send the code and read which factors can be given, if it may read answers at all", async () => {
    const { email, password } = await newVisitorWithApp(at);
    const origin = { Origin: "http://localhost:5173" };
    const asked = {
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "latchkey-code",
    };
    const preflight = await send(server, "OPTIONS", "/api/users/login", { headers: { ...origin, ...asked } });
    expect(preflight.headers.get("access-control-allow-headers")).toContain("latchkey-code");
    const json = { email, password };
    const refused = await send(server, "POST", "/api/users/login", { json, headers: origin });
    expect(refused.headers.get("access-control-expose-headers")).toContain("Latchkey-Factors");
    const wrong = await send(server, "POST", "/api/users/login", {
      json: { ...json, password: "wrong" },
      headers: origin,
    });
    expect(wrong.headers.get("access-control-expose-headers")).toBe("Retry-After, X-Request-Id");
  });
});

describe("guesses", () => {
  it("of factors count as those of passwords do, at all doors together", async () => {
    const bounded = await startServer({
      environment: { GUESSES_PER_ACCOUNT: "4", GUESSES_PER_ACCOUNT_AND_NETWORK: "4" },
    });
    try {
      const there = { url: bounded.url, nowMs: bounded.clock.nowMs };
      const { secret = "", ...who } = await newVisitorWithApp(there);
      const wrong = wrongCode(there, secret);
      const statuses: number[] = [];
      for (const door of DOORS.slice(0, 6)) statuses.push((await door.enter(there, who, wrong)).status);
      expect(statuses).toEqual([403, 403, 403, 403, 429, 429]);
      const json = { email: who.email, password: who.password };
      const headers = { "Latchkey-Code": codeOf(there, secret) };
      expect((await send(bounded, "POST", "/api/users/login", { json, headers })).status).toBe(429);
    } finally {
      await bounded.close();
    }
  });
});
