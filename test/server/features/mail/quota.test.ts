import { afterEach, describe, expect, it } from "vitest";
import { mailedSecret, templatesTo } from "../../../support/mail.js";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { headersFrom } from "../limits/doors.js";
import { newAdmin } from "../user-administration/doors.js";

let server: TestServer;
afterEach(() => server.close());
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  server = await startServer({ environment: { TRUST_PROXY: "1", ...environment } });
};

const askForRecovery = (email: string, network: string) =>
  send(server, "POST", "/api/v1/recovery/request", { json: { email }, headers: headersFrom(network) });
const statusesOfRecoveries = async (count: number, email: string, network: string) => {
  const statuses = [];
  for (let i = 0; i < count; i++) {
    server.clock.advance({ ms: 1 });
    statuses.push((await askForRecovery(email, network)).status);
    // Requests are merged while one of them is still to be decided.
    await deliver();
  }
  return statuses;
};
const deliver = () => server.app.features.mailWorker.deliver();
const logIn = (email: string) =>
  send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } });
const STRANGER = "192.0.2.66";
const FULL = [204, 204, 204, 204, 204, 429];

describe("recoveries that a stranger asks for use up nothing of", () => {
  it.each(["users", "auth"])("a registration, nor of the sign-in after it (%s)", async (surface) => {
    await start({ EMAIL_VERIFICATION: "required" });
    const email = freshEmail();
    expect(await statusesOfRecoveries(6, email, STRANGER)).toEqual(FULL);
    const names = { first_name: "", last_name: "", phone_number: "", username: email.split("@")[0] };
    await send(server, "POST", `/api/${surface}/register`, { json: { email, password: PASSWORD, ...names } });
    expect(await templatesTo(server, email)).toEqual(["verifyAddress"]);
    expect((await logIn(email)).json.detail).toBe("Email is not verified");
    expect(await templatesTo(server, email)).toEqual(["verifyAddress", "verifyAddress"]);
    expect(await statusesOfRecoveries(1, email, "192.0.2.1")).toEqual([204]);
    expect(await templatesTo(server, email)).toHaveLength(3);
  });

  it("an invitation", async () => {
    await start();
    const { token } = await newAdmin(server);
    const email = freshEmail();
    await statusesOfRecoveries(6, email, STRANGER);
    const invited = await send(server, "POST", "/api/v1/admin/invitations", { json: { email }, token });
    expect(invited.status).toBe(200);
    expect(await templatesTo(server, email)).toEqual(["invitation"]);
  });

  it("a change of address, nor do the changes that another account asks for", async () => {
    await start();
    const [owner, stranger] = [await signUp(server), await signUp(server)];
    const newEmail = freshEmail();
    await statusesOfRecoveries(6, newEmail, STRANGER);
    const change = async (token: string) =>
      (await send(server, "POST", "/api/v1/email/change", { json: { newEmail }, token })).status;
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push(await change(stranger.token));
    expect(statuses).toEqual(FULL);
    expect(await change(owner.token)).toBe(204);
    expect(await templatesTo(server, newEmail)).toHaveLength(6);
  });

  it("a confirmation that the owner asks for, from the same network, too", async () => {
    await start({ MAILS_PER_NETWORK: "2" });
    const { email, token } = await signUp(server);
    const from = headersFrom("192.0.2.1");
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await askForRecovery(freshEmail(), "192.0.2.1")).status);
    expect(statuses).toEqual([204, 204, 429]);
    const asked = await send(server, "POST", "/api/v1/verification/request", { token, headers: from });
    expect(asked.status).toBe(204);
    expect(await templatesTo(server, email)).toEqual(["verifyAddress"]);
  });

  it("a recovery from elsewhere while the address has no account: nothing was sent", async () => {
    await start();
    const email = freshEmail();
    for (let i = 1; i <= 4; i++) {
      expect(await statusesOfRecoveries(6, email, `192.0.2.${i}`)).toEqual(FULL);
    }
    await registerUser(server, email);
    expect(await statusesOfRecoveries(1, email, "192.0.2.99")).toEqual([204]);
    expect(await templatesTo(server, email)).toEqual(["passwordRecovery"]);
  });
});

describe("a mailbox", () => {
  it("gets at most ten mails of a kind in an hour from all askers, and the last link in it works", async () => {
    await start();
    const email = await registerUser(server);
    for (let i = 1; i <= 3; i++) await statusesOfRecoveries(5, email, `192.0.2.${i}`);
    const mails = await server.app.features.mail.list({ limit: 100 });
    expect(mails.filter(({ state }) => state === "kept")).toHaveLength(10);
    expect(mails.filter(({ lastError }) => lastError === "EQUOTA")).toHaveLength(5);
    const newest = mails.find(({ state }) => state === "kept");
    const read = await server.app.features.mail.read(newest?.id ?? "");
    const secret = /#secret=([\w-]+)/.exec(read?.rendered?.text ?? "")?.[1];
    const json = { secret, newPassword: "another password" };
    expect((await send(server, "POST", "/api/v1/recovery/complete", { json })).status).toBe(204);
  });

  it("whose mails of a kind two accounts have used up still gets one that a third asks for, and the link works", async () => {
    await start({ MAILS_PER_NETWORK: "1000" });
    const newEmail = freshEmail();
    const change = async (token: string) =>
      (await send(server, "POST", "/api/v1/email/change", { json: { newEmail }, token })).status;
    const askAlone = async (times: number) => {
      const { token } = await signUp(server);
      for (let i = 0; i < times; i++) {
        server.clock.advance({ ms: 1 });
        expect(await change(token)).toBe(204);
        await deliver();
      }
      return token;
    };
    await askAlone(5);
    await askAlone(5);
    expect(await templatesTo(server, newEmail)).toHaveLength(10);
    const owner = await askAlone(1);
    expect(await templatesTo(server, newEmail)).toHaveLength(11);
    const json = { secret: await mailedSecret(server, newEmail) };
    const completed = await send(server, "POST", "/api/v1/email/complete", { json, token: owner });
    expect(completed.status).toBe(204);
  });

  it("gets a bounded number of mails of a kind from any number of accounts", async () => {
    await start({ MAILS_PER_NETWORK: "1000", REGISTRATIONS_PER_NETWORK: "1000" });
    const newEmail = freshEmail();
    for (let account = 0; account < 9; account++) {
      const { token } = await signUp(server);
      for (let i = 0; i < (account < 2 ? 5 : 2); i++) {
        server.clock.advance({ ms: 1 });
        await send(server, "POST", "/api/v1/email/change", { json: { newEmail }, token });
        await deliver();
      }
    }
    const mails = (await server.app.features.mail.list({ limit: 100 })).filter(({ to }) => to === newEmail);
    expect(mails.filter(({ state }) => state === "kept")).toHaveLength(15);
    expect(mails.filter(({ lastError }) => lastError === "EQUOTA")).toHaveLength(9);
  });

  it("gets no more than five links by sign-ins with an unconfirmed address, and the last one works", async () => {
    await start({ EMAIL_VERIFICATION: "required" });
    const email = await registerUser(server);
    for (let i = 0; i < 8; i++) {
      await deliver();
      server.clock.advance({ ms: 1 });
      expect((await logIn(email)).status).toBe(403);
    }
    // One came with the registration.
    expect(await templatesTo(server, email)).toHaveLength(6);
    const json = { secret: await mailedSecret(server, email), newPassword: PASSWORD };
    expect((await send(server, "POST", "/api/v1/verification/complete", { json })).status).toBe(204);
    await login(server, email);
  });
});
