import { afterEach, describe, expect, it } from "vitest";
import { mailedSecret, templatesTo } from "../../../support/mail.js";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

let server: TestServer;
const start = async (policy?: "off" | "soft" | "required") => {
  server = await startServer(policy && { environment: { EMAIL_VERIFICATION: policy } });
};
afterEach(() => server.close());

const complete = (secret: string, sent: { readonly token?: string } = {}) =>
  send(server, "POST", "/api/v1/verification/complete", { json: { secret }, headers: DEVICE, ...sent });
const DEVICE = { "Latchkey-Device": "the device that registered" };
const register = async (email: string) => {
  const json = { email, password: PASSWORD, first_name: "", last_name: "", phone_number: "" };
  await send(server, "POST", "/api/users/register", { json, headers: DEVICE });
  return email;
};
const verifiedAt = async (email: string) =>
  (await server.app.features.accounts.find({ email }))?.emailVerifiedAtMs;

describe("a user", () => {
  it("asks for a link and confirms the address with it, over REST and tRPC", async () => {
    await start();
    const { email, token } = await signUp(server);
    expect(await verifiedAt(email)).toBeNull();
    expect(await send(server, "POST", "/api/v1/verification/request", { token })).toMatchObject({
      status: 204,
    });
    const first = await mailedSecret(server, email);
    server.clock.advance({ ms: 1 });
    expect((await call(server, "mutation", "verification.request", { token })).status).toBe(200);
    const second = await mailedSecret(server, email);
    expect((await complete(first)).status).toBe(400);
    const input = { secret: second };
    expect((await call(server, "mutation", "verification.complete", { input, token })).status).toBe(200);
    expect(await verifiedAt(email)).toBe(server.clock.nowMs());
    expect((await complete(second)).status).toBe(400);
  });

  it("gets no mail if the address is confirmed", async () => {
    await start();
    const { email, token } = await signUp(server);
    await send(server, "POST", "/api/v1/verification/request", { token });
    await complete(await mailedSecret(server, email), { token });
    await send(server, "POST", "/api/v1/verification/request", { token });
    expect(await templatesTo(server, email)).toEqual(["verifyAddress"]);
  });

  it("has a day for it", async () => {
    await start();
    const { email, token } = await signUp(server);
    await send(server, "POST", "/api/v1/verification/request", { token });
    const secret = await mailedSecret(server, email);
    server.clock.advance({ days: 1 });
    expect(await complete(secret)).toMatchObject({ status: 400, json: { error: { code: "LINK_INVALID" } } });
  });

  it("stays signed in", async () => {
    await start();
    const { email, token } = await signUp(server);
    await send(server, "POST", "/api/v1/verification/request", { token });
    await complete(await mailedSecret(server, email), { token });
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
  });
});

it("a stranger may not ask for another user's link", async () => {
  await start();
  const answer = await send(server, "POST", "/api/v1/verification/request");
  expect(answer).toMatchObject({ status: 401, json: { error: { code: "TOKEN_MISSING" } } });
});

describe("the policy off", () => {
  it("mails nothing at registration and lets all users in", async () => {
    await start();
    const { email } = await signUp(server);
    expect(await templatesTo(server, email)).toEqual([]);
  });
});

describe("the policy soft", () => {
  it("mails a link at registration, on both surfaces, and lets users in without it", async () => {
    await start("soft");
    const { email } = await signUp(server);
    expect(await templatesTo(server, email)).toEqual(["verifyAddress"]);
    const other = freshEmail();
    const json = { username: "zhang", email: other, password: PASSWORD };
    expect(
      (await send(server, "POST", "/api/auth/register", { json, headers: DEVICE })).json.data.token,
    ).toBeTypeOf("string");
    expect((await complete(await mailedSecret(server, other))).status).toBe(204);
  });
});

describe("the policy required", () => {
  const usersLogin = (email: string, password = PASSWORD) =>
    send(server, "POST", "/api/users/login", { json: { email, password } });
  const authLogin = (username: string) =>
    send(server, "POST", "/api/auth/login", { json: { username, password: PASSWORD } });

  it("lets no user in before the address is confirmed, and lets them in afterwards", async () => {
    await start("required");
    const email = await register(freshEmail());
    expect(await usersLogin(email)).toMatchObject({ status: 403, json: { detail: "Email is not verified" } });
    expect(await authLogin(email)).toMatchObject({ status: 403, json: { detail: "邮箱未验证" } });
    const input = { email, password: PASSWORD };
    const trpc = await call(server, "mutation", "users.login", { input });
    expect(trpc.json.error.data.appCode).toBe("EMAIL_NOT_VERIFIED");
    expect((await complete(await mailedSecret(server, email))).status).toBe(204);
    expect((await usersLogin(email)).status).toBe(200);
    expect((await authLogin(email)).status).toBe(200);
  });

  it("registers on the auth surface without signing in: the answer says what to do", async () => {
    await start("required");
    const email = freshEmail();
    const json = { username: "zhang", email, password: PASSWORD };
    const answer = await send(server, "POST", "/api/auth/register", { json, headers: DEVICE });
    expect(answer).toMatchObject({ status: 403, json: { detail: "邮箱未验证" } });
    expect(await templatesTo(server, email)).toEqual(["verifyAddress"]);
    await complete(await mailedSecret(server, email));
    expect((await authLogin("zhang")).status).toBe(200);
  });

  it("reveals nothing of it to a caller who does not know the password", async () => {
    await start("required");
    const email = await registerUser(server);
    expect((await usersLogin(email, "wrong")).status).toBe(400);
    expect(await templatesTo(server, email)).toEqual(["verifyAddress"]);
  });

  it("mails the link again at each attempt to sign in, five times in an hour after the first", async () => {
    await start("required");
    const email = await registerUser(server);
    // A request made before the last mail is written counts as the same mail.
    await server.app.features.mailWorker.deliver();
    for (let i = 0; i < 8; i++) {
      expect((await usersLogin(email)).status).toBe(403);
      await server.app.features.mailWorker.deliver();
    }
    expect(await templatesTo(server, email)).toHaveLength(6);
  });

  it("accepts a recovery as confirmation", async () => {
    await start("required");
    const email = await registerUser(server);
    await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
    server.clock.advance({ ms: 1 });
    await server.app.features.mailWorker.deliver();
    const mails = await server.app.features.mail.list({ limit: 9 });
    const { id = "" } = mails.find(({ template }) => template === "passwordRecovery") ?? {};
    const text = (await server.app.features.mail.read(id))?.rendered?.text;
    const secret = /#secret=([\w-]+)/.exec(text ?? "")?.[1];
    const newPassword = "another horse battery";
    await send(server, "POST", "/api/v1/recovery/complete", { json: { secret, newPassword } });
    expect((await usersLogin(email, newPassword)).status).toBe(200);
  });
});

it("a session that began before the policy stays active", async () => {
  await start();
  const { token } = await signUp(server);
  const options = { databasePath: server.databasePath, clock: server.clock };
  const stricter = await startServer({ ...options, environment: { EMAIL_VERIFICATION: "required" } });
  expect((await send(stricter, "GET", "/api/users/me", { token })).status).toBe(200);
  await stricter.close();
  expect(await login(server, await registerUser(server))).toBeTypeOf("string");
});
