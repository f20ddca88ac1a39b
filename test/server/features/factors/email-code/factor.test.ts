import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  askForCode,
  completeCode,
  giveFactor,
  mailedCode,
  registerConfirmed,
  signInByBoth,
  wrongCode,
} from "../../../../support/email-code.js";
import { newestText, templatesTo } from "../../../../support/mail.js";
import { PASSWORD, registerUser, send } from "../../../../support/rest.js";
import { startServer, type TestServer } from "../../../../support/server.js";

const DEVICE = { "Latchkey-Device": "a device of the owner's own" };

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ environment: { EMAIL_CODES: "both", TRUST_PROXY: "1" } });
});
afterEach(() => server.close());

const registerWithFactor = async () => {
  const email = await registerConfirmed(server);
  await giveFactor(server, email);
  return email;
};
/** The first step with a password; resolves to what is needed for the second. */
const begin = async (email: string, headers = {}) => {
  const json = { username: email, password: PASSWORD };
  const answer = await send(server, "POST", "/api/v1/sign-in/password", { json, headers });
  expect(answer).toMatchObject({ status: 403, json: { error: { code: "FACTOR_REQUIRED" } } });
  return answer.json.error.next as { readonly ticket: string; readonly factors: readonly string[] };
};
const sendCode = (ticket: string, headers = {}) =>
  send(server, "POST", "/api/v1/sign-in/email-code/send", { json: { ticket }, headers });
const give = (ticket: string, code: string, headers = {}) =>
  send(server, "POST", "/api/v1/sign-in/factor", {
    json: { ticket, factor: { kind: "emailCode", code } },
    headers,
  });
const codeOf = (answer: { json: { error?: { code: string } } }) => answer.json.error?.code;

describe("a mailed code as the second factor", () => {
  it("is offered after the password, and lets its owner in", async () => {
    const email = await registerWithFactor();
    const { ticket, factors } = await begin(email);
    expect(factors).toContain("emailCode");
    expect(await sendCode(ticket)).toMatchObject({ status: 200, json: { expiresInSeconds: 600 } });
    const { code } = await mailedCode(server, email);
    const answer = await give(ticket, code);
    expect(answer.status).toBe(200);
    const { sessions } = (await send(server, "GET", "/api/v1/sessions", { token: answer.json.token })).json;
    expect(sessions).toMatchObject([{ methods: ["pwd", "eml"] }]);
  });

  it("comes in a mail of its own, without a link", async () => {
    const email = await registerWithFactor();
    const { ticket } = await begin(email);
    await sendCode(ticket);
    expect(await templatesTo(server, email)).toEqual(["factorCode"]);
    expect(await newestText(server, email)).not.toContain("http");
  });

  it("works once, and starts one session of many at once", async () => {
    const email = await registerWithFactor();
    const { ticket } = await begin(email);
    await sendCode(ticket);
    const { code } = await mailedCode(server, email);
    const answers = await Promise.all(Array.from({ length: 20 }, () => give(ticket, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const again = await begin(email);
    expect(codeOf(await give(again.ticket, code))).toBe("FACTOR_WRONG");
  });

  it("counts only where it was asked for", async () => {
    const email = await registerWithFactor();
    const thief = { "X-Forwarded-For": "198.51.100.7", "Latchkey-Device": "a device of a thief's" };
    const [mine, theirs] = [await begin(email, DEVICE), await begin(email, thief)];
    await sendCode(mine.ticket, DEVICE);
    const { code } = await mailedCode(server, email);
    expect(codeOf(await give(theirs.ticket, code, thief))).toBe("FACTOR_WRONG");
    expect((await give(mine.ticket, code, DEVICE)).status).toBe(200);
  });

  it("is not ended by a code that a thief with the password asks for", async () => {
    const email = await registerWithFactor();
    const thief = { "X-Forwarded-For": "198.51.100.7" };
    const [mine, theirs] = [await begin(email), await begin(email, thief)];
    await sendCode(mine.ticket);
    const { code } = await mailedCode(server, email);
    await sendCode(theirs.ticket, thief);
    expect((await give(mine.ticket, code)).status).toBe(200);
  });

  it("is replaced by the next one that is asked for in the same place", async () => {
    const email = await registerWithFactor();
    const { ticket } = await begin(email);
    await sendCode(ticket);
    const first = await mailedCode(server, email);
    server.clock.advance({ seconds: 1 });
    await sendCode(ticket);
    const second = await mailedCode(server, email);
    if (first.code !== second.code) expect(codeOf(await give(ticket, first.code))).toBe("FACTOR_WRONG");
    expect((await give(ticket, second.code)).status).toBe(200);
  });

  it("is wrong after five wrong ones, after ten minutes, and for another account", async () => {
    const [email, other] = [await registerWithFactor(), await registerWithFactor()];
    const { ticket } = await begin(email);
    await sendCode(ticket);
    const { code } = await mailedCode(server, email);
    const { ticket: of } = await begin(other);
    expect(codeOf(await give(of, code))).toBe("FACTOR_WRONG");
    for (let i = 1; i <= 5; i++) await give(ticket, wrongCode(code, i));
    expect(codeOf(await give(ticket, code))).toBe("SIGN_IN_OVER");
    const again = await begin(email);
    expect(codeOf(await give(again.ticket, code))).toBe("FACTOR_WRONG");
    server.clock.advance({ seconds: 1 });
    const late = await begin(email);
    await sendCode(late.ticket);
    const fresh = await mailedCode(server, email);
    server.clock.advance({ minutes: 9, seconds: 59 });
    const last = await begin(email);
    server.clock.advance({ seconds: 1 });
    expect(codeOf(await give(last.ticket, fresh.code))).toBe("FACTOR_WRONG");
  });

  it("is not offered after a mailed code as the first step: a mailbox is one factor", async () => {
    const email = await registerWithFactor();
    const ticket = await askForCode(server, email);
    const { code } = await mailedCode(server, email);
    const answer = await completeCode(server, { ticket, code });
    expect(codeOf(answer)).toBe("FACTOR_REQUIRED");
    const { next } = answer.json.error;
    expect(next.factors).not.toContain("emailCode");
    expect(codeOf(await sendCode(next.ticket))).toBe("FACTOR_UNKNOWN");
    expect(codeOf(await give(next.ticket, code))).toBe("FACTOR_WRONG");
  });

  it("is not offered to an address that was never confirmed, nor where the setting does not allow it", async () => {
    const email = await registerUser(server);
    await giveFactor(server, email);
    const { ticket, factors } = await begin(email);
    expect(factors).not.toContain("emailCode");
    expect(codeOf(await sendCode(ticket))).toBe("FACTOR_UNKNOWN");
    const off = await startServer({ databasePath: server.databasePath, clock: server.clock });
    const confirmed = await registerWithFactor();
    const first = await send(off, "POST", "/api/v1/sign-in/password", {
      json: { username: confirmed, password: PASSWORD },
    });
    const sent = await send(off, "POST", "/api/v1/sign-in/email-code/send", {
      json: { ticket: first.json.error.next.ticket },
    });
    await off.close();
    expect(first.json.error.next.factors).not.toContain("emailCode");
    expect(codeOf(sent)).toBe("FACTOR_UNKNOWN");
  });

  it("is sent a few times in an hour only, and for no ticket but a living one", async () => {
    const email = await registerWithFactor();
    const { ticket } = await begin(email);
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await sendCode(ticket)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect(codeOf(await sendCode("a".repeat(43)))).toBe("SIGN_IN_OVER");
  });
});

describe("an account with a second factor", () => {
  it("confirms with a factor what needs a recent one, and not with the password", async () => {
    const email = await registerWithFactor();
    const { token } = (await signInByBoth(server, { email, password: PASSWORD })).json;
    const exported = () => send(server, "GET", "/api/v1/account/data", { token });
    const confirm = (json: object) => send(server, "POST", "/api/v1/account/confirm", { json, token });
    expect((await exported()).status).toBe(200);
    server.clock.advance({ minutes: 10 });
    const refusal = {
      code: "REAUTHENTICATION_REQUIRED",
      next: { factors: expect.arrayContaining(["emailCode"]) },
    };
    expect(await exported()).toMatchObject({ status: 403, json: { error: refusal } });
    expect(await confirm({ password: PASSWORD })).toMatchObject({ status: 403, json: { error: refusal } });
    expect((await exported()).status).toBe(403);

    expect((await send(server, "POST", "/api/v1/account/email-code", { token })).status).toBe(200);
    const { code } = await mailedCode(server, email);
    const wrong = { factor: { kind: "emailCode", code: wrongCode(code) } };
    expect(codeOf(await confirm(wrong))).toBe("FACTOR_WRONG");
    expect((await confirm({ factor: { kind: "emailCode", code } })).status).toBe(200);
    expect((await exported()).status).toBe(200);
    expect(codeOf(await confirm({ factor: { kind: "emailCode", code } }))).toBe("FACTOR_WRONG");
  });

  it("that signed in before it had one is asked for it, and its session then knows both", async () => {
    const email = await registerConfirmed(server);
    const login = await send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } });
    const token = login.json.access_token;
    await giveFactor(server, email);
    const exported = () => send(server, "GET", "/api/v1/account/data", { token });
    expect(codeOf(await exported())).toBe("REAUTHENTICATION_REQUIRED");
    await send(server, "POST", "/api/v1/account/email-code", { token });
    const { code } = await mailedCode(server, email);
    await send(server, "POST", "/api/v1/account/confirm", {
      json: { factor: { kind: "emailCode", code } },
      token,
    });
    expect((await exported()).json.sessions).toMatchObject([{ methods: ["pwd", "eml"] }]);
  });
});

describe("an account without a second factor", () => {
  it("confirms with the password, and is told so", async () => {
    const email = await registerConfirmed(server);
    const login = await send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } });
    const token = login.json.access_token;
    server.clock.advance({ minutes: 10 });
    const refused = await send(server, "GET", "/api/v1/account/data", { token });
    expect(refused.json.error.next).toEqual({ factors: ["password"] });
    expect(codeOf(await send(server, "POST", "/api/v1/account/email-code", { token }))).toBe(
      "FACTOR_UNKNOWN",
    );
    const confirm = (json: object) => send(server, "POST", "/api/v1/account/confirm", { json, token });
    expect(codeOf(await confirm({ factor: { kind: "emailCode", code: "123456" } }))).toBe("FACTOR_WRONG");
    expect((await confirm({})).json.error.fields).toEqual([{ path: ["password"], message: "is required" }]);
    const both = { password: PASSWORD, factor: { kind: "totp", code: "123456" } };
    expect((await confirm(both)).status).toBe(422);
    expect((await confirm({ password: PASSWORD })).status).toBe(200);
  });
});
