import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mailedSecret, templatesTo } from "../../../support/mail.js";
import { BY_OPERATOR } from "../../../support/operator.js";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { rowsElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

const NEW_PASSWORD = "another horse battery";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const request = (email: string, headers = {}) =>
  send(server, "POST", "/api/v1/recovery/request", { json: { email }, headers });
const complete = (secret: string, newPassword = NEW_PASSWORD) =>
  send(server, "POST", "/api/v1/recovery/complete", { json: { secret, newPassword } });
const recover = async (email: string) => {
  await request(email);
  return mailedSecret(server, email);
};
const signIn = (email: string, password: string) =>
  send(server, "POST", "/api/users/login", { json: { email, password } });
const expectInvalid = async (secret: string) => {
  const answer = await complete(secret);
  expect(answer).toMatchObject({ status: 400, json: { error: { code: "LINK_INVALID" } } });
};

describe("a user who has forgotten the password", () => {
  it("gets a link by mail, sets a new password with it, and signs in with that", async () => {
    const email = await registerUser(server);
    const secret = await recover(email);
    expect(await complete(secret)).toMatchObject({ status: 204, text: "" });
    expect((await signIn(email, PASSWORD)).status).toBe(400);
    expect((await signIn(email, NEW_PASSWORD)).status).toBe(200);
  });

  it("does so over tRPC as well", async () => {
    const email = await registerUser(server);
    expect((await call(server, "mutation", "recovery.request", { input: { email } })).status).toBe(200);
    const input = { secret: await mailedSecret(server, email), newPassword: NEW_PASSWORD };
    expect((await call(server, "mutation", "recovery.complete", { input })).status).toBe(200);
    const again = await call(server, "mutation", "recovery.complete", { input });
    expect(again.json.error.data).toMatchObject({ appCode: "LINK_INVALID", httpStatus: 400 });
    expect((await signIn(email, NEW_PASSWORD)).status).toBe(200);
  });

  it("is signed out everywhere by it", async () => {
    const { email, token } = await signUp(server);
    await complete(await recover(email));
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
  });

  it("has confirmed the address by it", async () => {
    const email = await registerUser(server);
    await complete(await recover(email));
    const account = await server.app.features.accounts.find({ email });
    expect(account?.emailVerifiedAtMs).toBe(server.clock.nowMs());
  });

  it("is no longer bound to a temporary password", async () => {
    const email = await registerUser(server);
    const { accounts, credentials } = server.app.features;
    const account = await accounts.find({ email });
    if (account === undefined) throw new Error("not registered");
    await credentials.set(account, { password: "temporary one", temporary: true }, BY_OPERATOR);
    await complete(await recover(email));
    expect((await signIn(email, NEW_PASSWORD)).status).toBe(200);
  });

  it("gets mail in the language of the request, or in the account's own", async () => {
    const email = await registerUser(server);
    await request(email, { "Accept-Language": "zh-CN,zh;q=0.9" });
    await mailedSecret(server, email);
    const [mail] = await server.app.features.mail.list({ limit: 1 });
    expect(mail?.language).toBe("zh-CN");
  });
});

describe("a recovery link", () => {
  it("works once, even if twenty use it at once", async () => {
    const email = await registerUser(server);
    const secret = await recover(email);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => complete(secret, `${NEW_PASSWORD} ${i}`)),
    );
    const won = answers.flatMap(({ status }, i) => (status === 204 ? [i] : []));
    expect(won).toHaveLength(1);
    expect((await signIn(email, `${NEW_PASSWORD} ${won[0]}`)).status).toBe(200);
    await expectInvalid(secret);
  });

  it("expires after 30 minutes", async () => {
    const email = await registerUser(server);
    const secret = await recover(email);
    server.clock.advance({ minutes: 30 });
    await expectInvalid(secret);
  });

  it("expires when a newer one was sent", async () => {
    const email = await registerUser(server);
    const first = await recover(email);
    server.clock.advance({ ms: 1 });
    const second = await recover(email);
    expect(second).not.toBe(first);
    await expectInvalid(first);
    expect((await complete(second)).status).toBe(204);
  });

  it("expires when the password was changed, or the account disabled", async () => {
    const email = await registerUser(server);
    const secret = await recover(email);
    const json = { email, old_password: PASSWORD, new_password: "changed meanwhile" };
    await send(server, "POST", "/api/users/reset_password", { json });
    await expectInvalid(secret);

    const other = await registerUser(server);
    const otherSecret = await recover(other);
    const { accounts } = server.app.features;
    const account = await accounts.find({ email: other });
    if (account) await accounts.disable(account, undefined, BY_OPERATOR);
    await expectInvalid(otherSecret);
  });

  it("works only for what it was made for", async () => {
    const email = await registerUser(server);
    const secret = await recover(email);
    for (const path of ["/api/v1/verification/complete", "/api/v1/email/complete"]) {
      expect((await send(server, "POST", path, { json: { secret } })).status).toBe(400);
    }
  });

  it("is stored as a hash, and appears nowhere but in its mail", async () => {
    const email = await registerUser(server);
    const secret = await recover(email);
    const rows = await rowsElsewhere(server, "SELECT * FROM secrets");
    const hash = createHash("sha256").update(secret).digest("base64url");
    expect(rows).toMatchObject([{ hash, purpose: "recovery" }]);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(server.logLines.join("")).not.toContain(secret);
  });

  it("cannot be guessed without limit from one network", async () => {
    const guesses = Array.from({ length: 301 }, (_, i) => complete(String(i).padStart(43, "a")));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(300);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });

  it.each(["", "a", "a".repeat(44), "ä".repeat(43), "a".repeat(60_000)])("is not %j", expectInvalid);
});

describe("a caller who asks for another user's link", () => {
  it("learns nothing: the answer is the same whether the address is known, unknown or disabled", async () => {
    const known = await registerUser(server);
    const disabled = await registerUser(server);
    const { accounts } = server.app.features;
    const account = await accounts.find({ email: disabled });
    if (account) await accounts.disable(account, undefined, BY_OPERATOR);
    const answers = [];
    for (const email of [known, disabled, freshEmail()]) {
      const { status, text, headers } = await request(email);
      const names = [...headers].filter(([name]) => !/^(date|x-request-id)$/.test(name));
      answers.push({ status, text, names });
      expect(await templatesTo(server, email)).toEqual(email === known ? ["passwordRecovery"] : []);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it.each([
    ["other letters", (email: string) => email.toUpperCase()],
    ["a letter that only looks alike", (email: string) => email.replace("k", "\u212a")],
    ["marks apart from their letters", (email: string) => email.normalize("NFD")],
  ])("has it mailed to the address as its owner wrote it, if typed with %s", async (_, spell) => {
    const email = await registerUser(server, `k\u00e9${freshEmail()}`);
    const typed = spell(email);
    expect(typed).not.toBe(email);
    expect((await request(typed)).status).toBe(204);
    await server.app.features.mailWorker.deliver();
    const mails = await server.app.features.mail.list({ limit: 9 });
    expect(mails.map(({ to }) => to)).toEqual([email]);
  });

  it("leaves no trace of an unknown address", async () => {
    const email = freshEmail();
    await request(email);
    await server.app.features.mailWorker.deliver();
    expect(await server.app.features.mail.list({ limit: 9 })).toEqual([]);
  });

  it.each(["known", "unknown"])(
    "is stopped after five mails to an address in an hour, a %s one",
    async (kind) => {
      const email = kind === "known" ? await registerUser(server) : freshEmail();
      const statuses = [];
      for (let i = 0; i < 6; i++) statuses.push((await request(email)).status);
      expect(statuses).toEqual([204, 204, 204, 204, 204, 429]);
      const refused = await request(email);
      expect(refused.json.error).toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterSeconds: 3600 });
      expect(refused.headers.get("retry-after")).toBe("3600");
      server.clock.advance({ minutes: 60 });
      expect((await request(email)).status).toBe(204);
    },
  );

  it("is stopped after a hundred mails from one network in an hour", async () => {
    const requests = Array.from({ length: 101 }, () => request(freshEmail()));
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(100);
  });

  it("cannot sign the owner out, nor change anything", async () => {
    const { email, token } = await signUp(server);
    await recover(email);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
    expect(await login(server, email)).toBeTypeOf("string");
  });
});

it("refuses a common password if they are refused, and the link stays valid for another", async () => {
  const strict = await startServer({ environment: { COMMON_PASSWORDS: "refuse" } });
  const email = await registerUser(strict);
  const json = (secret: string, newPassword: string) => ({ json: { secret, newPassword } });
  await send(strict, "POST", "/api/v1/recovery/request", { json: { email } });
  const secret = await mailedSecret(strict, email);
  const refused = await send(strict, "POST", "/api/v1/recovery/complete", json(secret, "password123"));
  expect(refused).toMatchObject({ status: 422, json: { error: { code: "PASSWORD_TOO_COMMON" } } });
  const taken = await send(strict, "POST", "/api/v1/recovery/complete", json(secret, NEW_PASSWORD));
  expect(taken.status).toBe(204);
  await strict.close();
});

it.each([
  ["request", {}],
  ["request", { email: "nobody" }],
  ["complete", { secret: 7, newPassword: NEW_PASSWORD }],
  ["complete", { secret: "a", newPassword: "short" }],
])("refuses invalid input at %s: %j", async (name, json) => {
  const answer = await send(server, "POST", `/api/v1/recovery/${name}`, { json });
  expect(answer).toMatchObject({ status: 422, json: { error: { code: "INVALID_INPUT" } } });
});
