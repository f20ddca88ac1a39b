import { afterEach, describe, expect, it } from "vitest";
import { newestText, templatesTo } from "../../../support/mail.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
const start = async () => {
  server = await startServer({ environment: { MAIL_NOTICES: "on", TRUST_PROXY: "1" } });
};
afterEach(() => server.close());

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const signInFrom = (email: string, headers: Record<string, string>) =>
  send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD }, headers });

const registerFrom = async (network: string) => {
  const email = freshEmail();
  const json = { username: email.replace("@", "."), email, password: PASSWORD };
  await send(server, "POST", "/api/auth/register", { json, headers: { "X-Forwarded-For": network } });
  return email;
};

describe("a new device", () => {
  it("is announced if neither it nor its network was used before, but others were", async () => {
    await start();
    const email = await registerFrom("192.0.2.1");
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
    const email = await registerFrom("192.0.2.1");
    const device = "a device of the owner's own";
    await signInFrom(email, { "X-Forwarded-For": "192.0.2.1", "Latchkey-Device": device });
    await signInFrom(email, { "X-Forwarded-For": "198.51.100.7", "Latchkey-Device": device });
    await signInFrom(email, {
      "X-Forwarded-For": "192.0.2.1",
      "Latchkey-Device": "another device of theirs",
    });
    expect(await templatesTo(server, email)).toEqual([]);
  });

  it("is announced if its password was right and the address still has to be confirmed", async () => {
    const environment = { MAIL_NOTICES: "on", TRUST_PROXY: "1" };
    server = await startServer({ environment });
    const { databasePath } = server;
    const email = await registerFrom("192.0.2.1");
    const strict = await startServer({
      environment: { ...environment, EMAIL_VERIFICATION: "required" },
      clock: server.clock,
      databasePath,
    });
    const headers = { "X-Forwarded-For": "198.51.100.7", "User-Agent": FIREFOX };
    const json = { email, password: PASSWORD };
    const refused = await send(strict, "POST", "/api/users/login", { json, headers });
    await strict.close();
    expect(refused.status).toBe(403);
    // Mails of the same millisecond have no order.
    expect((await templatesTo(server, email)).sort()).toEqual(["newDevice", "verifyAddress"]);
  });

  it("is announced at the first sign-in, if the account was registered somewhere else", async () => {
    await start();
    const email = await registerFrom("192.0.2.1");
    await signInFrom(email, { "X-Forwarded-For": "198.51.100.7" });
    expect(await templatesTo(server, email)).toEqual(["newDevice"]);
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
