import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_CHANGE } from "../../../../apps/server/src/database/change.js";
import { mailedSecret, newestText, templatesTo } from "../../../support/mail.js";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const change = (token: string | undefined, newEmail: string) =>
  send(server, "POST", "/api/v1/email/change", { json: { newEmail }, ...(token && { token }) });
const complete = (secret: string, token?: string) =>
  send(server, "POST", "/api/v1/email/complete", { json: { secret }, ...(token && { token }) });
const loginStatus = async (email: string) =>
  (await send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } })).status;

describe("a user", () => {
  it("changes the address with a link to the new one, and the old one is notified", async () => {
    const { email, token } = await signUp(server);
    const newEmail = freshEmail();
    expect(await change(token, newEmail)).toMatchObject({ status: 204, text: "" });
    expect(await loginStatus(newEmail)).toBe(400);
    expect(await templatesTo(server, email)).toEqual([]);

    expect((await complete(await mailedSecret(server, newEmail), token)).status).toBe(204);
    expect(await loginStatus(newEmail)).toBe(200);
    expect(await loginStatus(email)).toBe(400);
    expect(await templatesTo(server, email)).toEqual(["addressChanged"]);
    expect(await newestText(server, email)).toContain("u…@example.com");
    const account = await server.app.features.accounts.find({ email: newEmail });
    expect(account).toMatchObject({ username: newEmail, emailVerifiedAtMs: server.clock.nowMs() });
    expect((await send(server, "GET", "/api/users/me", { token })).json.email).toBe(newEmail);
  });

  it("does so over tRPC as well, and keeps a username that was not an address", async () => {
    const json = { username: "zhang", email: freshEmail(), password: PASSWORD };
    const { token } = (await send(server, "POST", "/api/auth/register", { json })).json.data;
    const newEmail = freshEmail();
    const asked = await call(server, "mutation", "email.change", { input: { newEmail }, token });
    expect(asked.status).toBe(200);
    const input = { secret: await mailedSecret(server, newEmail) };
    expect((await call(server, "mutation", "email.complete", { input, token })).status).toBe(200);
    const account = await server.app.features.accounts.find({ email: newEmail });
    expect(account).toMatchObject({ username: "zhang", email: newEmail });
  });

  it("must have entered the password within the last ten minutes", async () => {
    const { token } = await signUp(server);
    server.clock.advance({ minutes: 10 });
    const answer = await change(token, freshEmail());
    expect(answer).toMatchObject({ status: 403, json: { error: { code: "REAUTHENTICATION_REQUIRED" } } });
  });

  it("does not get an address that another user has, or that another user took in the meantime", async () => {
    const { token } = await signUp(server);
    const taken = await change(token, await registerUser(server));
    expect(taken).toMatchObject({ status: 409, json: { error: { code: "EMAIL_TAKEN" } } });
    const newEmail = freshEmail();
    await change(token, newEmail);
    const secret = await mailedSecret(server, newEmail);
    await registerUser(server, newEmail);
    expect(await complete(secret, token)).toMatchObject({
      status: 409,
      json: { error: { code: "EMAIL_TAKEN" } },
    });
  });

  it("keeps no old address as a username that was set while the link was used", async () => {
    for (const [i, username] of ["ann", "bob", "cem", "dan"].entries()) {
      const email = freshEmail();
      const json = { username, email, password: PASSWORD };
      const { token } = (await send(server, "POST", "/api/auth/register", { json })).json.data;
      const newEmail = freshEmail();
      await change(token, newEmail);
      const secret = await mailedSecret(server, newEmail);
      const rename = () => send(server, "PATCH", "/api/v1/account", { json: { username: email }, token });
      const others = Array.from({ length: 3 + i }, rename);
      await Promise.all([...others, complete(secret, token), rename(), rename()]);
      const account = await server.app.features.accounts.find({ email: newEmail });
      expect(account?.username).not.toBe(email);
      await registerUser(server, email);
    }
  });

  it("has the new address as the username, too, if it became the old one since the link was looked up", async () => {
    const { accounts } = server.app.features;
    const json = { username: "zhao", email: freshEmail(), password: PASSWORD };
    await send(server, "POST", "/api/auth/register", { json });
    const lookedUp = await accounts.find({ email: json.email });
    if (lookedUp === undefined) throw new Error("not registered");
    const cause = { language: "en" } as const;
    await accounts.edit(lookedUp, { username: json.email }, cause);
    const to = { email: freshEmail(), usesUp: NO_CHANGE };
    expect(await accounts.move(lookedUp, to, cause)).toMatchObject({ username: to.email, email: to.email });
  });

  it("can change only the letter case", async () => {
    const { email, token } = await signUp(server);
    const newEmail = email.replace("user", "USER");
    await change(token, newEmail);
    expect((await complete(await mailedSecret(server, newEmail), token)).status).toBe(204);
    expect((await send(server, "GET", "/api/users/me", { token })).json.email).toBe(newEmail);
  });

  it("cannot flood another's mailbox", async () => {
    const { token } = await signUp(server);
    const victim = freshEmail();
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await change(token, victim)).status);
    expect(statuses).toEqual([204, 204, 204, 204, 204, 429]);
  });
});

describe("a link to a new address", () => {
  it("works once, even if a hundred use it at once", async () => {
    const { email, token } = await signUp(server);
    const newEmail = freshEmail();
    await change(token, newEmail);
    const secret = await mailedSecret(server, newEmail);
    const answers = await Promise.all(Array.from({ length: 100 }, () => complete(secret, token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect((await complete(secret)).status).toBe(400);
    expect(await templatesTo(server, email)).toEqual(["addressChanged"]);
  });

  it("expires when the password was changed, when a newer one was sent, and after 30 minutes", async () => {
    const { email, token } = await signUp(server);
    const [first, second, third] = [freshEmail(), freshEmail(), freshEmail()];
    await change(token, first);
    const firstSecret = await mailedSecret(server, first);
    await change(token, second);
    expect((await complete(firstSecret)).status).toBe(400);
    const secondSecret = await mailedSecret(server, second);
    const json = { email, old_password: PASSWORD, new_password: PASSWORD };
    await send(server, "POST", "/api/users/reset_password", { json, token });
    expect((await complete(secondSecret)).status).toBe(400);
    await change(await login(server, email), third);
    const thirdSecret = await mailedSecret(server, third);
    server.clock.advance({ minutes: 30 });
    expect((await complete(thirdSecret)).status).toBe(400);
  });

  it.each([
    ["one session is ended", (id: string) => ["DELETE", `/api/v1/sessions/${id}`] as const],
    ["all others are ended", () => ["POST", "/api/v1/sessions/end-others"] as const],
    ["all are ended", () => ["POST", "/api/v1/sessions/end-all"] as const],
  ] as const)(
    "expires when %s: the person in that session must not get back in with it",
    async (_, ending) => {
      const { email, token: stolen } = await signUp(server);
      const newEmail = freshEmail();
      await change(stolen, newEmail);
      const secret = await mailedSecret(server, newEmail);
      const token = await login(server, email);
      const { sessions } = (await send(server, "GET", "/api/v1/sessions", { token })).json;
      const other = sessions.find(({ current }: { readonly current: boolean }) => !current);
      const [method, path] = ending(other.id);
      expect((await send(server, method, path, { token })).status).toBeLessThan(300);
      expect(await complete(secret)).toMatchObject({
        status: 400,
        json: { error: { code: "LINK_INVALID" } },
      });
    },
  );

  it("expires when the session that asked for it was treated as stolen", async () => {
    const { token } = await signUp(server);
    const refresh = (key: string) =>
      send(server, "POST", "/api/users/refresh_token", { token, headers: { "Idempotency-Key": key } });
    const newEmail = freshEmail();
    await change((await refresh("a key of the owner's")).json.access_token, newEmail);
    const secret = await mailedSecret(server, newEmail);
    server.clock.advance({ seconds: 11 });
    expect((await refresh("a key of the thief's")).status).toBe(403);
    expect((await complete(secret)).status).toBe(400);
  });

  it("invalidates what was mailed to the old address", async () => {
    const { email, token } = await signUp(server);
    await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
    const recovery = await mailedSecret(server, email);
    const newEmail = freshEmail();
    await change(token, newEmail);
    await complete(await mailedSecret(server, newEmail), token);
    const json = { secret: recovery, newPassword: "another horse battery" };
    expect((await send(server, "POST", "/api/v1/recovery/complete", { json })).status).toBe(400);
  });
});

describe("a link to a stranger's mailbox", () => {
  const ELSEWHERE = { status: 403, json: { error: { code: "LINK_OPENED_ELSEWHERE" } } };

  it("does nothing when the stranger opens it, signed in or not, and waits for the owner", async () => {
    const { email, token } = await signUp(server);
    const stranger = await signUp(server);
    const newEmail = freshEmail();
    await change(token, newEmail);
    const secret = await mailedSecret(server, newEmail);
    expect(await complete(secret)).toMatchObject(ELSEWHERE);
    expect(await complete(secret, stranger.token)).toMatchObject(ELSEWHERE);
    expect((await server.app.features.accounts.find({ email }))?.email).toBe(email);
    expect((await complete(secret, token)).status).toBe(204);
  });

  it("works on a device where the password was entered, without a session", async () => {
    const email = await registerUser(server);
    const headers = { "Latchkey-Device": "the laptop of the owner" };
    const json = { email, password: PASSWORD };
    const { access_token: token } = (await send(server, "POST", "/api/users/login", { json, headers })).json;
    const newEmail = freshEmail();
    await change(token, newEmail);
    const secret = { json: { secret: await mailedSecret(server, newEmail) } };
    expect((await send(server, "POST", "/api/v1/email/complete", { ...secret, headers })).status).toBe(204);
  });

  it("ends with the session that asked for it when that expires", async () => {
    await server.close();
    server = await startServer({ environment: { SESSION_MAX_DAYS: "0.01" } });
    const { email, token } = await signUp(server);
    const newEmail = freshEmail();
    await change(token, newEmail);
    const secret = await mailedSecret(server, newEmail);
    server.clock.advance({ minutes: 15 });
    const later = await login(server, email);
    expect(await complete(secret, later)).toMatchObject({
      status: 400,
      json: { error: { code: "LINK_INVALID" } },
    });
  });
});

it("a stranger may not ask for it", async () => {
  expect(await change(undefined, freshEmail())).toMatchObject({ status: 401 });
  expect(await change("garbage", freshEmail())).toMatchObject({ status: 401 });
});
