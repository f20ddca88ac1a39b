import { afterEach, describe, expect, it } from "vitest";
import { newestText, templatesTo } from "../../../support/mail.js";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { startSmtp } from "../../../support/smtp.js";

let server: TestServer;
const start = async (environment: Record<string, string> = {}) => {
  server = await startServer({ environment: { MAIL_NOTICES: "on", TRUST_PROXY: "1", ...environment } });
};
afterEach(() => server.close());

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const signInFrom = (email: string, headers: Record<string, string>) =>
  send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD }, headers });

describe("a changed password", () => {
  it("is announced to its user, in the language of the request", async () => {
    await start();
    const email = await registerUser(server);
    const json = { email, old_password: PASSWORD, new_password: "another horse battery" };
    await send(server, "POST", "/api/users/reset_password", { json, headers: { "Accept-Language": "zh" } });
    expect(await templatesTo(server, email)).toEqual(["passwordChanged"]);
    expect(await newestText(server, email)).toContain(
      "您的 Latchkey 账户的密码已于 2026-01-15 12:00 UTC 更改",
    );
  });

  it("is also announced after a recovery", async () => {
    await start();
    const email = await registerUser(server);
    await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
    const secret = /#secret=([\w-]+)/.exec(await newestText(server, email))?.[1];
    server.clock.advance({ ms: 1 });
    const json = { secret, newPassword: "another horse battery" };
    await send(server, "POST", "/api/v1/recovery/complete", { json });
    expect(await templatesTo(server, email)).toEqual(["passwordChanged", "passwordRecovery"]);
  });

  it("is also announced after a change by a signed-in user", async () => {
    await start();
    const { email, token } = await signUp(server);
    const json = { oldPassword: PASSWORD, newPassword: "another horse battery" };
    expect((await send(server, "POST", "/api/v1/account/password", { json, token })).status).toBe(204);
    expect(await templatesTo(server, email)).toEqual(["passwordChanged"]);
  });

  it("is not announced if it was not changed", async () => {
    await start();
    const email = await registerUser(server);
    const json = { email, old_password: "wrong", new_password: "another horse battery" };
    await send(server, "POST", "/api/users/reset_password", { json });
    expect(await templatesTo(server, email)).toEqual([]);
  });
});

describe("a new device", () => {
  it("is announced if neither it nor its network was used before, but others were", async () => {
    await start();
    const email = await registerUser(server);
    await signInFrom(email, { "X-Forwarded-For": "192.0.2.1" });
    expect(await templatesTo(server, email)).toEqual([]);
    await signInFrom(email, { "X-Forwarded-For": "198.51.100.7", "User-Agent": FIREFOX });
    expect(await templatesTo(server, email)).toEqual(["newDevice"]);
    const text = await newestText(server, email);
    expect(text).toContain("Device: Firefox, Windows\nNetwork address: 198.51.100.7");
    await signInFrom(email, { "X-Forwarded-For": "198.51.100.7" });
    expect(await templatesTo(server, email)).toEqual(["newDevice"]);
  });

  it("is not announced for a known device in a new network, or a new one in a known network", async () => {
    await start();
    const email = await registerUser(server);
    const device = "a device of the owner's own";
    await signInFrom(email, { "X-Forwarded-For": "192.0.2.1", "Latchkey-Device": device });
    await signInFrom(email, { "X-Forwarded-For": "198.51.100.7", "Latchkey-Device": device });
    await signInFrom(email, {
      "X-Forwarded-For": "192.0.2.1",
      "Latchkey-Device": "another device of theirs",
    });
    expect(await templatesTo(server, email)).toEqual([]);
  });

  it("is not announced if it did not get in", async () => {
    await start();
    const email = await registerUser(server);
    await login(server, email);
    const json = { email, password: "wrong" };
    await send(server, "POST", "/api/users/login", { json, headers: { "X-Forwarded-For": "192.0.2.9" } });
    expect(await templatesTo(server, email)).toEqual([]);
  });
});

it("a stolen session is announced to its user", async () => {
  await start();
  const { email, token } = await signUp(server);
  const refresh = (key: string) =>
    send(server, "POST", "/api/users/refresh_token", { token, headers: { "Idempotency-Key": key } });
  expect((await refresh("idempotency-key-1")).status).toBe(200);
  server.clock.advance({ minutes: 2 });
  expect((await refresh("another-key-by-a-thief")).status).toBe(403);
  expect(await templatesTo(server, email)).toEqual(["theftNoticed"]);
});

describe("the setting", () => {
  const provoke = async () => {
    const email = await registerUser(server);
    const json = { email, old_password: PASSWORD, new_password: "another horse battery" };
    await send(server, "POST", "/api/users/reset_password", { json });
    return email;
  };

  it("writes no notices without a mail server, unless set to", async () => {
    await start({ MAIL_NOTICES: "auto" });
    expect(await templatesTo(server, await provoke())).toEqual([]);
  });

  it("sends notices with a mail server, unless set otherwise", async () => {
    const smtp = await startSmtp();
    const mail = { MAIL_URL: smtp.url, MAIL_FROM: "a@example.com", APP_URL: "https://example.com" };
    await start({ ...mail, MAIL_NOTICES: "auto" });
    const email = await provoke();
    await server.app.features.mailWorker.deliver();
    expect(smtp.received.map(({ to }) => to)).toEqual([[email]]);
    await server.close();
    await start({ ...mail, MAIL_NOTICES: "off" });
    await provoke();
    await server.app.features.mailWorker.deliver();
    expect(smtp.received).toHaveLength(1);
    await smtp.close();
  });
});

it("a letter contains no text that its recipient's client, or a stranger's, chose", async () => {
  await start();
  const email = freshEmail();
  await registerUser(server, email);
  await login(server, email);
  const userAgent = "Click https://evil.example.com to win";
  await signInFrom(email, { "X-Forwarded-For": "198.51.100.7", "User-Agent": userAgent });
  const text = await newestText(server, email);
  expect(text).toContain("Device: ?");
  expect(text).not.toContain("evil");
});
