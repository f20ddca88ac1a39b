import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { giveFactor, registerConfirmed, signInByBoth } from "../../../../support/email-code.js";
import { PASSWORD, send } from "../../../../support/rest.js";
import { commitChange, rowsElsewhere } from "../../../../support/rows.js";
import { startServer, type TestServer } from "../../../../support/server.js";

const ENVIRONMENT = { EMAIL_CODES: "second-factor", COOKIE_SESSIONS: "on" };
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const FROM_PAGE = { "Latchkey-Session": "cookie", "Sec-Fetch-Site": "same-origin" };

let server: TestServer;
let email: string;
beforeEach(async () => {
  server = await startServer({ environment: ENVIRONMENT });
  email = await registerConfirmed(server);
  await giveFactor(server, email);
});
afterEach(() => server.close());

/** Signs in with both factors and has the device trusted. */
const trust = async (at = server, headers = {}) =>
  signInByBoth(at, { email, password: PASSWORD, trustDevice: true }, { "User-Agent": FIREFOX, ...headers });
const trusting = (secret: string) => ({ "Latchkey-Trusted-Device": secret });
const signIn = (headers = {}, at = server) =>
  send(at, "POST", "/api/v1/sign-in/password", { json: { username: email, password: PASSWORD }, headers });
const login = (headers = {}, at = server) =>
  send(at, "POST", "/api/users/login", { json: { email, password: PASSWORD }, headers });
const statuses = async (headers: Record<string, string>, at = server) => [
  (await signIn(headers, at)).status,
  (await login(headers, at)).status,
];
const list = async (token: string, headers = {}) =>
  (await send(server, "GET", "/api/v1/account/devices", { token, headers })).json.devices;

describe("a trusted device", () => {
  it("is asked for the password alone, at every door", async () => {
    const { trustedDevice } = (await trust()).json;
    expect(await statuses(trusting(trustedDevice))).toEqual([200, 200]);
    expect(await statuses({})).toEqual([403, 403]);
  });

  it("is trusted only if that was asked for, with a factor", async () => {
    expect((await signInByBoth(server, { email, password: PASSWORD })).json.trustedDevice).toBeNull();
    const { trustedDevice, token } = (await trust()).json;
    expect((await signIn(trusting(trustedDevice))).json.trustedDevice).toBeNull();
    expect(await list(token)).toHaveLength(1);
  });

  it("has given no second factor: what needs a recent one still asks", async () => {
    const { trustedDevice } = (await trust()).json;
    const { token } = (await signIn(trusting(trustedDevice))).json;
    const answer = await send(server, "GET", "/api/v1/account/data", { token });
    expect(answer.json.error.code).toBe("REAUTHENTICATION_REQUIRED");
    const sessions = (await send(server, "GET", "/api/v1/sessions", { token })).json.sessions;
    expect(sessions.map(({ methods }: { methods: string[] }) => methods)).toContainEqual(["pwd"]);
  });

  it("does not make a wrong password right", async () => {
    const { trustedDevice } = (await trust()).json;
    const json = { email, password: "a wrong password" };
    const headers = trusting(trustedDevice);
    expect((await send(server, "POST", "/api/users/login", { json, headers })).status).toBe(400);
  });

  it("is another account's concern no more than a made-up one", async () => {
    const { trustedDevice } = (await trust()).json;
    email = await registerConfirmed(server);
    await giveFactor(server, email);
    expect(await statuses(trusting(trustedDevice))).toEqual([403, 403]);
    expect(await statuses(trusting("a".repeat(43)))).toEqual([403, 403]);
    expect(await statuses(trusting("too short"))).toEqual([403, 403]);
  });

  it("is no longer trusted after 30 days, or as many as the setting says", async () => {
    const { trustedDevice } = (await trust()).json;
    server.clock.advance({ days: 29 });
    const environment = { ...ENVIRONMENT, TRUSTED_DEVICE_DAYS: "29" };
    const { clock, databasePath } = server;
    const shorter = await startServer({ environment, clock, databasePath });
    expect(await statuses(trusting(trustedDevice), shorter)).toEqual([403, 403]);
    await shorter.close();
    expect(await statuses(trusting(trustedDevice))).toEqual([200, 200]);
    server.clock.advance({ days: 1 });
    expect(await statuses(trusting(trustedDevice))).toEqual([403, 403]);
  });

  it("ends with a new password, also for the session that set it", async () => {
    const { trustedDevice, token } = (await trust()).json;
    const json = { oldPassword: PASSWORD, newPassword: "another horse battery" };
    expect((await send(server, "POST", "/api/v1/account/password", { json, token })).status).toBe(204);
    expect(await list(token)).toEqual([]);
    expect(await rowsElsewhere(server, "SELECT id FROM trusted_devices")).toEqual([]);
    const headers = trusting(trustedDevice);
    const again = { json: { email, password: "another horse battery" }, headers };
    expect((await send(server, "POST", "/api/users/login", again)).status).toBe(403);
  });

  it("ends with a changed factor", async () => {
    const { trustedDevice, token } = (await trust()).json;
    await giveFactor(server, email, 6);
    expect(await statuses(trusting(trustedDevice))).toEqual([403, 403]);
    expect(await list(token)).toEqual([]);
  });

  it("cannot be trusted where the operator does not allow it", async () => {
    const environment = { ...ENVIRONMENT, TRUSTED_DEVICE_DAYS: "0" };
    const { clock, databasePath } = server;
    const { trustedDevice } = (await trust()).json;
    const off = await startServer({ environment, clock, databasePath });
    expect((await trust(off)).json.trustedDevice).toBeNull();
    expect(await statuses(trusting(trustedDevice), off)).toEqual([403, 403]);
    await off.close();
  });

  it("keeps its secret to its client", async () => {
    const { trustedDevice } = (await trust()).json;
    await signIn(trusting(trustedDevice));
    expect(trustedDevice).toMatch(/^[\w-]{43}$/);
    const rows = JSON.stringify(await rowsElsewhere(server, "SELECT * FROM trusted_devices"));
    expect(rows).not.toContain(trustedDevice);
    expect(server.logLines.join("")).not.toContain(trustedDevice);
  });
});

describe("the list of trusted devices", () => {
  it("says what they are, and which of them asks", async () => {
    const first = (await trust()).json;
    server.clock.advance({ minutes: 61 });
    const { trustedDevice, token } = (await trust()).json;
    const at = new Date(server.clock.nowMs()).toISOString();
    expect(await list(token, trusting(trustedDevice))).toMatchObject([
      { browser: "Firefox", system: "Windows", address: "127.0.0.1", trustedAt: at, current: true },
      { current: false },
    ]);
    await signIn(trusting(first.trustedDevice));
    const used = (await list(token)).map(({ lastUsedAt }: { lastUsedAt: string }) => lastUsedAt);
    expect(used).toEqual([at, at]);
  });

  it("has no more than twenty", async () => {
    const { accounts, trustedDevices } = server.app.features;
    const account = await accounts.find({ email });
    if (account === undefined) throw new Error("not registered");
    const from = { address: () => "192.0.2.1", userAgent: () => undefined };
    for (let i = 0; i < 25; i++) {
      // Safe: it reads no more of where a request comes from.
      const trusted = trustedDevices.trusting(account, from as never);
      if (trusted !== undefined) await commitChange(server.host, trusted.change);
      server.clock.advance({ seconds: 1 });
    }
    expect(await trustedDevices.listOf(account, undefined)).toHaveLength(20);
  });

  it("forgets one or all of them, which is in the audit log", async () => {
    const first = (await trust()).json;
    const second = (await trust()).json;
    const { token } = second;
    const [{ id }] = await list(token, trusting(first.trustedDevice)).then((devices) =>
      devices.filter(({ current }: { current: boolean }) => current),
    );
    const forget = (of: string) => send(server, "DELETE", `/api/v1/account/devices/${of}`, { token });
    expect((await forget(id)).status).toBe(204);
    expect((await forget(id)).json.error.code).toBe("DEVICE_UNKNOWN");
    expect((await signIn(trusting(first.trustedDevice))).status).toBe(403);
    expect((await signIn(trusting(second.trustedDevice))).status).toBe(200);
    const all = await send(server, "POST", "/api/v1/account/devices/forget-all", { token });
    expect(all.json).toEqual({ forgotten: 1 });
    expect((await signIn(trusting(second.trustedDevice))).status).toBe(403);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
    const { entries } = await server.app.features.audit.list({}, { limit: 20 });
    const actions = entries.map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(["devices.forget", "devices.forget_all"]));
  });

  it("forgets no device of another user", async () => {
    const { token } = (await trust()).json;
    const [{ id }] = await list(token);
    email = await registerConfirmed(server);
    await giveFactor(server, email);
    const stranger = (await trust()).json.token;
    const answer = await send(server, "DELETE", `/api/v1/account/devices/${id}`, { token: stranger });
    expect(answer).toMatchObject({ status: 404, json: { error: { code: "DEVICE_UNKNOWN" } } });
    expect(await list(token)).toHaveLength(1);
  });
});

describe("a trusted device of a client that keeps its session in a cookie", () => {
  const cookiesOf = ({ headers }: { readonly headers: Headers }) => headers.getSetCookie();

  it("keeps its secret in a cookie that no script can read, and outlives the session", async () => {
    const answer = await trust(server, FROM_PAGE);
    expect(answer.json).toMatchObject({ token: "", trustedDevice: "" });
    const [session = "", device = ""] = cookiesOf(answer);
    const attributes = "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=";
    expect(session).toMatch(new RegExp(`^__Host-latchkey=[^;]+${attributes}604800$`));
    expect(device).toMatch(new RegExp(`^__Host-latchkey-device=[\\w-]{43}${attributes}2592000$`));
    const [own = ""] = device.split(";");
    const again = await signIn({ ...FROM_PAGE, Cookie: own });
    expect(again.status).toBe(200);
    expect(cookiesOf(again)).toHaveLength(1);
  });

  it("is not recognised for another site's page, or if a second cookie was planted", async () => {
    const [, device = ""] = cookiesOf(await trust(server, FROM_PAGE));
    const [own = ""] = device.split(";");
    const foreign = { "Latchkey-Session": "cookie", "Sec-Fetch-Site": "cross-site", Cookie: own };
    expect((await signIn(foreign)).status).toBe(403);
    const planted = `${own}; __Host-latchkey-device=${"a".repeat(43)}`;
    expect((await signIn({ ...FROM_PAGE, Cookie: planted })).status).toBe(403);
  });
});
