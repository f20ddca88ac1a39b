import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  askForCode,
  completeCode,
  mailedCode,
  registerConfirmed,
  wrongCode,
} from "../../../../support/email-code.js";
import { newestText, templatesTo } from "../../../../support/mail.js";
import { BY_OPERATOR } from "../../../../support/operator.js";
import { freshEmail, PASSWORD, registerUser, send } from "../../../../support/rest.js";
import { rowsElsewhere } from "../../../../support/rows.js";
import { startServer, type TestServer } from "../../../../support/server.js";
import { call } from "../../../../support/trpc.js";

const NEW_PASSWORD = "another horse battery";

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ environment: { EMAIL_CODES: "sign-in", TRUST_PROXY: "1" } });
});
afterEach(() => server.close());

const ask = (email: string, headers = {}) => askForCode(server, email, headers);
const complete = (ticket: string, code: string, more: { newPassword?: string } = {}, headers = {}) =>
  completeCode(server, { ticket, code, ...more }, headers);
const codeOf = (answer: { json: { error?: { code: string } } }) => answer.json.error?.code;
const me = (token: string) => send(server, "GET", "/api/users/me", { token });
/** Asks for a code and reads it in the mailbox. */
const receive = async (email: string) => {
  const ticket = await ask(email);
  return { ticket, ...(await mailedCode(server, email)) };
};

describe("a user whose address is confirmed", () => {
  it("signs in with the code from the mail, however it is typed", async () => {
    const email = await registerConfirmed(server);
    const { ticket, code } = await receive(email);
    const answer = await complete(ticket, ` ${code.slice(0, 3)} ${code.slice(3)}`);
    expect(answer).toMatchObject({ status: 200, json: { account: { email }, trustedDevice: null } });
    expect((await me(answer.json.token)).json.email).toBe(email);
  });

  it("signs in with the secret of the link, where the sign-in began", async () => {
    const email = await registerConfirmed(server);
    const { ticket, secret } = await receive(email);
    expect((await complete(ticket, secret)).status).toBe(200);
  });

  it("does so over tRPC as well", async () => {
    const email = await registerConfirmed(server);
    const asked = await call(server, "mutation", "emailCode.request", { input: { email } });
    const { code } = await mailedCode(server, email);
    const input = { ticket: asked.json.result.data.ticket, code };
    const answer = await call(server, "mutation", "emailCode.complete", { input });
    expect(answer.json.result.data.account.email).toBe(email);
  });

  it("gets the mail in the language of the request, with the code, its lifetime and a link", async () => {
    const email = await registerConfirmed(server);
    await ask(email, { "Accept-Language": "zh-CN" });
    const text = await newestText(server, email);
    expect(text).toMatch(/\n\d{3} \d{3}\n/);
    expect(text).toContain("10 分钟内有效");
    expect(text).toMatch(/\nhttp:\/\/localhost:3000\/sign-in#secret=[\w-]{43}\n/);
  });

  it("is told when the code is wrong, and can type it again", async () => {
    const { ticket, code } = await receive(await registerConfirmed(server));
    expect(await complete(ticket, wrongCode(code))).toMatchObject({
      status: 403,
      json: { error: { code: "CODE_WRONG" } },
    });
    expect((await complete(ticket, code)).status).toBe(200);
  });

  it("is in the audit log, with the failures", async () => {
    const email = await registerConfirmed(server);
    const { ticket, code } = await receive(email);
    await complete(ticket, wrongCode(code));
    await complete(ticket, code);
    const { entries } = await server.app.features.audit.list({ action: "sign_in.email_code" }, { limit: 2 });
    const account = await server.app.features.accounts.find({ email });
    expect(entries.map(({ action, outcome, subject }) => [action, outcome, subject])).toEqual([
      ["sign_in.email_code", "ok", account?.uuid],
      ["sign_in.email_code", "CODE_WRONG", account?.uuid],
    ]);
  });
});

describe("a mailed code", () => {
  it("works once, even if twenty use it at once", async () => {
    const { ticket, code, secret } = await receive(await registerConfirmed(server));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => complete(ticket, i % 2 ? code : secret)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(codeOf))).toEqual(
      new Set(["SIGN_IN_OVER"]),
    );
  });

  it("is of no use without the ticket, nor is the link: not even to one who reads the mailbox", async () => {
    const email = await registerConfirmed(server);
    const { code, secret } = await receive(email);
    const stranger = await ask(email, { "X-Forwarded-For": "198.51.100.7" });
    // The second mail is a new one, whose code is another.
    for (const given of [code, secret]) expect(codeOf(await complete(stranger, given))).toBe("CODE_WRONG");
    expect((await completeCode(server, { ticket: "a".repeat(43), code })).json.error.code).toBe(
      "SIGN_IN_OVER",
    );
  });

  it("is spent by no GET, and by no request that a mail scanner makes of its link", async () => {
    const email = await registerConfirmed(server);
    const { ticket, code, secret } = await receive(email);
    const target = `/api/v1/sign-in/email-code/complete?ticket=${ticket}&code=${code}`;
    for (const method of ["GET", "HEAD", "OPTIONS"]) await fetch(server.url + target, { method });
    await fetch(`${server.url}/sign-in#secret=${secret}`);
    await call(server, "query", "emailCode.complete", { input: { ticket, code } });
    expect((await complete(ticket, code)).status).toBe(200);
  });

  it("cannot be guessed: after five wrong ones the right one is too late", async () => {
    const { ticket, code } = await receive(await registerConfirmed(server));
    const wrong = await Promise.all(
      Array.from({ length: 9 }, (_, i) => complete(ticket, wrongCode(code, i + 1))),
    );
    expect(wrong.filter((answer) => codeOf(answer) === "CODE_WRONG")).toHaveLength(5);
    expect(codeOf(await complete(ticket, code))).toBe("SIGN_IN_OVER");
  });

  it("cannot be guessed from many networks over a day, which does not keep its owner out", async () => {
    const email = await registerConfirmed(server);
    const home = { "X-Forwarded-For": "192.0.2.1" };
    const login = { json: { email, password: PASSWORD }, headers: home };
    expect((await send(server, "POST", "/api/users/login", login)).status).toBe(200);
    const guessed: string[] = [];
    for (let network = 1; network <= 8; network++) {
      const headers = { "X-Forwarded-For": `198.51.100.${network}` };
      const ticket = await ask(email, headers);
      const { code } = await mailedCode(server, email);
      for (let i = 1; i <= 5; i++) {
        guessed.push(codeOf(await complete(ticket, wrongCode(code, i), {}, headers)) ?? "");
      }
      server.clock.advance({ minutes: 61 });
    }
    expect(guessed.filter((each) => each === "CODE_WRONG")).toHaveLength(30);
    expect(guessed.at(-1)).toBe("TOO_MANY_REQUESTS");
    const ticket = await ask(email, home);
    const { code } = await mailedCode(server, email);
    expect(codeOf(await complete(ticket, wrongCode(code), {}, home))).toBe("CODE_WRONG");
    expect((await complete(ticket, code, {}, home)).status).toBe(200);
  });

  it("expires after ten minutes", async () => {
    const { ticket, code } = await receive(await registerConfirmed(server));
    server.clock.advance({ minutes: 10 });
    expect(codeOf(await complete(ticket, code))).toBe("SIGN_IN_OVER");
  });

  it("ends with a new password, another address, and a disabled account", async () => {
    const { accounts } = server.app.features;
    const changes: Array<(email: string) => Promise<unknown>> = [
      (email) =>
        send(server, "POST", "/api/users/reset_password", {
          json: { email, old_password: PASSWORD, new_password: NEW_PASSWORD },
        }),
      async (email) => {
        const account = await accounts.find({ email });
        if (account) await accounts.edit(account, { email: freshEmail() }, BY_OPERATOR);
      },
      async (email) => {
        const account = await accounts.find({ email });
        if (account) await accounts.disable(account, undefined, BY_OPERATOR);
      },
    ];
    for (const change of changes) {
      const email = await registerConfirmed(server);
      const { ticket, code } = await receive(email);
      await change(email);
      expect(codeOf(await complete(ticket, code))).toBe("SIGN_IN_OVER");
    }
  });

  it("stays valid when a stranger asks for another one, before or after the mail was sent", async () => {
    const email = await registerConfirmed(server);
    const elsewhere = { "X-Forwarded-For": "198.51.100.7" };
    await ask(email, elsewhere);
    const ticket = await ask(email);
    await ask(email, elsewhere);
    const { code } = await mailedCode(server, email);
    server.clock.advance({ seconds: 1 });
    await ask(email, elsewhere);
    await mailedCode(server, email);
    expect((await complete(ticket, code)).status).toBe(200);
  });

  it("is stored as a hash only, and appears nowhere but in its mail", async () => {
    const email = await registerConfirmed(server);
    const { ticket, code, secret } = await receive(email);
    await complete(ticket, code);
    const rows = JSON.stringify(await rowsElsewhere(server, "SELECT * FROM sign_in_codes"));
    for (const kept of [ticket, secret, `"${code}"`]) {
      expect(rows).not.toContain(kept);
      expect(server.logLines.join("")).not.toContain(kept);
    }
  });
});

describe("an address without an account", () => {
  it("gets the same answers as one with an account, at every step", async () => {
    const known = await registerConfirmed(server);
    const answers = async (email: string) => {
      const asked = await send(server, "POST", "/api/v1/sign-in/email-code/request", { json: { email } });
      await server.app.features.mailWorker.deliver();
      const { ticket, ...rest } = asked.json;
      const given: unknown[] = [asked.status, rest, ticket.length];
      for (let i = 0; i < 6; i++) {
        const { status, json } = await complete(ticket, `00000${i}`);
        given.push([status, json]);
      }
      return given;
    };
    const [one, other] = [await answers(known), await answers(freshEmail())];
    expect(other).toEqual(one);
    expect(one.at(-1)).toMatchObject([401, { error: { code: "SIGN_IN_OVER" } }]);
  });

  it("gets no mail", async () => {
    const email = freshEmail();
    await ask(email);
    expect(await templatesTo(server, email)).toEqual([]);
  });

  it("runs into the same limits, of requests and of wrong codes", async () => {
    const environment = {
      EMAIL_CODES: "sign-in",
      MAILS_PER_ADDRESS: "3",
      GUESSES_PER_ACCOUNT_AND_NETWORK: "4",
    };
    const strict = await startServer({ environment });
    const limitsOf = async (email: string) => {
      const statuses: number[] = [];
      const tickets: string[] = [];
      for (let i = 0; i < 4; i++) {
        const asked = await send(strict, "POST", "/api/v1/sign-in/email-code/request", { json: { email } });
        statuses.push(asked.status);
        if (asked.status === 200) tickets.push(asked.json.ticket);
      }
      await strict.app.features.mailWorker.deliver();
      for (const ticket of tickets) {
        for (let i = 0; i < 2; i++)
          statuses.push((await completeCode(strict, { ticket, code: "not a code" })).status);
      }
      return statuses;
    };
    const [one, other] = [await limitsOf(await registerConfirmed(strict)), await limitsOf(freshEmail())];
    await strict.close();
    expect(other).toEqual(one);
    expect(one).toEqual([200, 200, 200, 429, 403, 403, 403, 403, 429, 429]);
  });

  it("and one that is disabled get no mail either", async () => {
    const email = await registerConfirmed(server);
    const { accounts } = server.app.features;
    const account = await accounts.find({ email });
    if (account) await accounts.disable(account, undefined, BY_OPERATOR);
    await ask(email);
    expect(await templatesTo(server, email)).toEqual([]);
  });
});

describe("an address that was never confirmed", () => {
  it("may be another person's: its reader sets a new password, which ends all sessions", async () => {
    const email = await registerUser(server);
    const login = { json: { email, password: PASSWORD } };
    const stranger = (await send(server, "POST", "/api/users/login", login)).json.access_token;
    const { ticket, code } = await receive(email);
    expect(await complete(ticket, code)).toMatchObject({
      status: 403,
      json: { error: { code: "NEW_PASSWORD_REQUIRED" } },
    });
    const answer = await complete(ticket, code, { newPassword: NEW_PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.json.account.emailVerifiedAt).not.toBeNull();
    expect((await me(stranger)).status).toBe(401);
    expect((await send(server, "POST", "/api/users/login", login)).status).toBe(400);
    expect((await me(answer.json.token)).status).toBe(200);
    expect(codeOf(await complete(ticket, code, { newPassword: NEW_PASSWORD }))).toBe("SIGN_IN_OVER");
  });

  it("takes one new password, of twenty at once", async () => {
    const { ticket, code } = await receive(await registerUser(server));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => complete(ticket, code, { newPassword: `${NEW_PASSWORD} ${i}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("is confirmed by the code on a device where its password was entered", async () => {
    const device = { "Latchkey-Device": "a device of the owner's own" };
    const email = freshEmail();
    const json = { email, password: PASSWORD, first_name: "", last_name: "", phone_number: "" };
    await send(server, "POST", "/api/users/register", { json, headers: device });
    const { ticket, code } = await receive(email);
    expect(codeOf(await complete(ticket, code))).toBe("NEW_PASSWORD_REQUIRED");
    const answer = await complete(ticket, code, {}, device);
    expect(answer.status).toBe(200);
    expect(answer.json.account.emailVerifiedAt).not.toBeNull();
    expect(
      (await send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } })).status,
    ).toBe(200);
  });
});

describe("signing in by mail", () => {
  it("is off by default, and where mailed codes are second factors only", async () => {
    for (const environment of [{}, { EMAIL_CODES: "second-factor" }]) {
      const other = await startServer({ environment });
      const email = await registerConfirmed(other);
      const asked = await send(other, "POST", "/api/v1/sign-in/email-code/request", { json: { email } });
      const completed = await completeCode(other, { ticket: "a".repeat(43), code: "123456" });
      await other.close();
      for (const answer of [asked, completed]) {
        expect(answer).toMatchObject({ status: 403, json: { error: { code: "EMAIL_SIGN_IN_OFF" } } });
      }
    }
  });

  it("does not let in who has only a temporary password", async () => {
    const email = await registerConfirmed(server);
    const { accounts, credentials } = server.app.features;
    const account = await accounts.find({ email });
    if (account) await credentials.set(account, { password: "temporary one", temporary: true }, BY_OPERATOR);
    const { ticket, code } = await receive(email);
    expect(codeOf(await complete(ticket, code))).toBe("PASSWORD_CHANGE_REQUIRED");
  });

  it("refuses what is no code, ticket or address with one fault per field", async () => {
    const asked = await send(server, "POST", "/api/v1/sign-in/email-code/request", { json: { email: "x" } });
    expect(asked).toMatchObject({ status: 422, json: { error: { code: "INVALID_INPUT" } } });
    expect((await send(server, "POST", "/api/v1/sign-in/email-code/complete", { json: {} })).status).toBe(
      422,
    );
    const long = { ticket: "a".repeat(65), code: "1".repeat(65) };
    expect((await completeCode(server, long)).status).toBe(422);
  });
});
