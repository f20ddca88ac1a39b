import { afterEach, describe, expect, it } from "vitest";
import { mailedSecret, newestText } from "../../../support/mail.js";
import { freshEmail, PASSWORD, registerUser, type Sent, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

const STRANGER = { "Latchkey-Device": "the device of the stranger" };
const OWNER = { "Latchkey-Device": "the device of the owner" };
const NEW_PASSWORD = "a password of the owner's own";

let server: TestServer;
const start = async (policy: string) => {
  server = await startServer({ environment: { EMAIL_VERIFICATION: policy, COOKIE_SESSIONS: "on" } });
};
afterEach(() => server.close());

const register = async (email: string, headers: Record<string, string> = {}) => {
  const json = { email, password: PASSWORD, first_name: "San", last_name: "Zhang", phone_number: "1" };
  expect((await send(server, "POST", "/api/users/register", { json, headers })).status).toBe(200);
};
const signIn = (email: string, password = PASSWORD, headers: Record<string, string> = {}) =>
  send(server, "POST", "/api/users/login", { json: { email, password }, headers });
const open = (json: object, sent: Sent = {}) =>
  send(server, "POST", "/api/v1/verification/complete", { json, ...sent });
const verifiedAt = async (email: string) =>
  (await server.app.features.accounts.find({ email }))?.emailVerifiedAtMs;
const NEEDS_PASSWORD = { status: 403, json: { error: { code: "NEW_PASSWORD_REQUIRED" } } };

describe.each(["soft", "required"])("a stranger who registered the address of another (%s)", (policy) => {
  it("is not let in by the owner's click, in any browser of the owner's", async () => {
    await start(policy);
    const email = freshEmail();
    await register(email, STRANGER);
    const secret = await mailedSecret(server, email);
    expect(await open({ secret })).toMatchObject(NEEDS_PASSWORD);
    expect(await open({ secret }, { headers: OWNER })).toMatchObject(NEEDS_PASSWORD);
    const trpc = await call(server, "mutation", "verification.complete", { input: { secret } });
    expect(trpc.json.error.data.appCode).toBe("NEW_PASSWORD_REQUIRED");
    expect(await verifiedAt(email)).toBeNull();
  });

  it("loses the account, its sessions and the known device once the owner has set a password", async () => {
    await start(policy);
    const email = freshEmail();
    await register(email, STRANGER);
    const token: string | undefined = (await signIn(email, PASSWORD, STRANGER)).json.access_token;
    expect(token === undefined).toBe(policy === "required");
    const secret = await mailedSecret(server, email);
    expect((await open({ secret, newPassword: NEW_PASSWORD }, { headers: OWNER })).status).toBe(204);
    expect(await verifiedAt(email)).toBe(server.clock.nowMs());
    if (token) expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
    expect((await signIn(email, PASSWORD, STRANGER)).status).toBe(400);
    expect((await signIn(email, NEW_PASSWORD)).status).toBe(200);
    const account = await server.app.features.accounts.find({ email });
    const from = { network: () => "192.0.2.77", device: () => STRANGER["Latchkey-Device"] };
    expect((await server.app.features.places.look(account?.uuid ?? "", from)).device).toBe(false);
  });

  it("gains nothing by opening a link with another account's session", async () => {
    await start(policy);
    const email = freshEmail();
    await register(email, STRANGER);
    const secret = await mailedSecret(server, email);
    const other = await registerUser(server);
    await open({ secret: await mailedSecret(server, other), newPassword: NEW_PASSWORD });
    const token = (await signIn(other, NEW_PASSWORD)).json.access_token;
    expect(await open({ secret }, { token })).toMatchObject(NEEDS_PASSWORD);
  });
});

describe.each(["soft", "required"])("the user who registered (%s)", (policy) => {
  it("confirms the address on the device that registered, over REST and tRPC, without a password", async () => {
    await start(policy);
    for (const door of ["REST", "tRPC"]) {
      const email = freshEmail();
      await register(email, OWNER);
      const input = { secret: await mailedSecret(server, email) };
      const answer =
        door === "REST"
          ? await open(input, { headers: OWNER })
          : await call(server, "mutation", "verification.complete", { input, headers: OWNER });
      expect(answer.status).toBeLessThan(300);
      expect((await signIn(email)).status).toBe(200);
    }
  });

  it("does so after registering on the auth surface, too", async () => {
    await start(policy);
    const email = freshEmail();
    const json = { username: "zhang", email, password: PASSWORD };
    await send(server, "POST", "/api/auth/register", { json, headers: OWNER });
    const secret = await mailedSecret(server, email);
    expect((await open({ secret }, { headers: OWNER })).status).toBe(204);
  });

  it("does so on a device where the right password has been given since", async () => {
    await start(policy);
    const email = freshEmail();
    await register(email);
    await signIn(email, PASSWORD, OWNER);
    server.clock.advance({ ms: 1 });
    const secret = await mailedSecret(server, email);
    expect((await open({ secret }, { headers: OWNER })).status).toBe(204);
  });

  it("sets a password when the mail is opened on the phone, and stays with the account", async () => {
    await start(policy);
    const email = freshEmail();
    await register(email, OWNER);
    const secret = await mailedSecret(server, email);
    const phone = { headers: { "Latchkey-Device": "the phone of the same owner" } };
    expect(await open({ secret }, phone)).toMatchObject(NEEDS_PASSWORD);
    // A refusal uses nothing up, nor does a password that is too short.
    expect((await open({ secret, newPassword: "short" }, phone)).status).toBe(422);
    expect((await open({ secret, newPassword: PASSWORD }, phone)).status).toBe(204);
    expect((await signIn(email)).status).toBe(200);
  });
});

it("a session of the account counts as its owner's, in a header as in a cookie", async () => {
  await start("soft");
  for (const carry of ["header", "cookie"]) {
    const email = freshEmail();
    await register(email);
    const token: string = (await signIn(email)).json.access_token;
    const secret = await mailedSecret(server, email);
    const cookie = { Cookie: `__Host-latchkey=${token}`, "Sec-Fetch-Site": "same-origin" };
    const sent = carry === "header" ? { token } : { headers: cookie };
    expect((await open({ secret }, sent)).status).toBe(204);
  }
});

it("an account that an administrator made is confirmed by a new password, or where the first one was set", async () => {
  await start("required");
  const { userAdministration } = server.app.features;
  const cause = { action: "users.create", actor: "operator", language: "en" } as const;
  for (const device of [undefined, OWNER]) {
    const email = freshEmail();
    const { made = "" } = await userAdministration.create({ email }, cause);
    const json = { email, old_password: made, new_password: PASSWORD };
    const headers = device ?? {};
    await send(server, "POST", "/api/users/reset_password", { json, headers });
    expect((await signIn(email, PASSWORD, headers)).status).toBe(403);
    const secret = await mailedSecret(server, email);
    const answer = await open({ secret }, { headers });
    if (device === undefined) expect(answer).toMatchObject(NEEDS_PASSWORD);
    else expect(answer.status).toBe(204);
  }
});

describe("a link that was mailed before", () => {
  const cause = { action: "users.test", actor: "operator", language: "en" } as const;
  const findAccount = async (email: string) => {
    const account = await server.app.features.accounts.find({ email });
    if (account === undefined) throw new Error("There is no such account");
    return account;
  };

  it.each([
    [
      "the owner has changed the password",
      async (email: string) => {
        const token = (await signIn(email)).json.access_token;
        const json = { oldPassword: PASSWORD, newPassword: NEW_PASSWORD };
        expect((await send(server, "POST", "/api/v1/account/password", { token, json })).status).toBe(204);
      },
    ],
    [
      "an administrator has set a temporary password",
      async (email: string) => {
        const { uuid } = await findAccount(email);
        await server.app.features.userAdministration.setTemporaryPassword(uuid, "a temporary one", cause);
      },
    ],
    [
      "the account was disabled",
      async (email: string) => {
        await server.app.features.userAdministration.disable((await findAccount(email)).uuid, "", cause);
      },
    ],
  ])("sets no password once %s", async (_, change) => {
    await start("soft");
    const email = freshEmail();
    await register(email, OWNER);
    const secret = await mailedSecret(server, email);
    await change(email);
    const before = await findAccount(email);
    const answer = await open({ secret, newPassword: "the password of a reader of old mail" });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: "LINK_INVALID" } } });
    expect(await findAccount(email)).toEqual(before);
  });

  it("still confirms the address where the owner is, after the owner has changed the password", async () => {
    await start("soft");
    const email = freshEmail();
    await register(email, OWNER);
    const secret = await mailedSecret(server, email);
    const json = { email, old_password: PASSWORD, new_password: NEW_PASSWORD };
    await send(server, "POST", "/api/users/reset_password", { json, headers: OWNER });
    expect((await open({ secret }, { headers: OWNER })).status).toBe(204);
  });
});

it("the owner's first recovery forgets a stranger's places, and a later one keeps the owner's", async () => {
  await start("soft");
  const email = freshEmail();
  await register(email, STRANGER);
  const recover = async () => {
    await server.app.features.mailWorker.deliver();
    server.clock.advance({ ms: 1 });
    await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
    const json = { secret: await mailedSecret(server, email), newPassword: NEW_PASSWORD };
    expect((await send(server, "POST", "/api/v1/recovery/complete", { json })).status).toBe(204);
  };
  const knows = async (device: typeof OWNER) => {
    const account = await server.app.features.accounts.find({ email });
    const from = { network: () => "192.0.2.77", device: () => device["Latchkey-Device"] };
    return (await server.app.features.places.look(account?.uuid ?? "", from)).device;
  };
  await recover();
  expect(await knows(STRANGER)).toBe(false);
  await signIn(email, NEW_PASSWORD, OWNER);
  await recover();
  expect(await knows(OWNER)).toBe(true);
});

it("a stranger who signs in while the owner sets a password leaves no known place behind", async () => {
  await start("soft");
  for (let round = 0; round < 5; round++) {
    const email = freshEmail();
    await register(email, STRANGER);
    const secret = await mailedSecret(server, email);
    const devices = Array.from({ length: 12 }, (_, i) => `a device of the stranger ${round} ${i}`);
    const signingIn = devices.map((id) => signIn(email, PASSWORD, { "Latchkey-Device": id }));
    expect((await open({ secret, newPassword: NEW_PASSWORD }, { headers: OWNER })).status).toBe(204);
    for (const answer of await Promise.all(signingIn)) expect([200, 400]).toContain(answer.status);
    const { uuid = "" } = (await server.app.features.accounts.find({ email })) ?? {};
    for (const id of devices) {
      const from = { network: () => "192.0.2.77", device: () => id };
      expect((await server.app.features.places.look(uuid, from)).device).toBe(false);
    }
  }
});

it.each([
  ["en", "If you did not create this account"],
  ["zh-CN", "如果您没有注册"],
])("the mail says what to do if it was someone else (%s)", async (language, words) => {
  await start("soft");
  const email = freshEmail();
  await register(email, { "Accept-Language": language });
  expect(await newestText(server, email)).toContain(words);
});

it("a hundred redemptions at once count once", async () => {
  await start("soft");
  const email = freshEmail();
  await register(email, OWNER);
  const secret = await mailedSecret(server, email);
  const answers = await Promise.all(Array.from({ length: 100 }, () => open({ secret }, { headers: OWNER })));
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(99);
});
