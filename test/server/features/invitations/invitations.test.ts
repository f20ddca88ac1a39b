import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mailedSecret, newestText, templatesTo } from "../../../support/mail.js";
import { freshEmail, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { runInProcess } from "../../cli/in-process.js";
import { newAdmin, newUser, type Person } from "../user-administration/doors.js";

let server: TestServer;
let isOpen = false;
let admin: Person;
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  if (isOpen) await server.close();
  isOpen = true;
  // The command line has the machine's clock.
  const clock = frozenClock(Date.now());
  server = await startServer({ clock, environment: { EMAIL_VERIFICATION: "required", ...environment } });
  admin = await newAdminWhoIsIn();
};
/** With `required`, even the first administrator is let in only with a confirmed address. */
const newAdminWhoIsIn = async () => {
  const at = await startServer({ databasePath: server.databasePath, clock: server.clock });
  const made = await newAdmin(at);
  await at.close();
  return made;
};
beforeEach(() => start({ REGISTRATION: "invited" }));
afterEach(async () => {
  isOpen = false;
  await server.close();
});

const PATH = "/api/v1/admin/invitations";
const invite = (json: object, token = admin.token) => send(server, "POST", PATH, { json, token });
const accept = (json: object) => send(server, "POST", "/api/v1/invitations/accept", { json });
const list = async () => (await send(server, "GET", PATH, { token: admin.token })).json;
const login = (email: string) =>
  send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } });
const command = async (...words: readonly string[]) => {
  const environment = { DATABASE_URL: server.databasePath, LOG_LEVEL: "silent" };
  const call = { words: ["users", ...words, "--json"], folder: "/", environment, stdin: "" };
  const { exitCode, stdout, stderr } = await runInProcess(call);
  return { exitCode, json: JSON.parse(stdout || stderr) };
};
const INVALID = { status: 400, json: { error: { code: "LINK_INVALID" } } };

describe("an invitation", () => {
  it.each(["invited", "open"])("becomes an account by the mailed link (REGISTRATION=%s)", async (policy) => {
    await start({ REGISTRATION: policy });
    const email = freshEmail();
    const invited = await invite({ email, role: "admin", language: "zh-CN" });
    expect(invited).toMatchObject({ status: 200, json: { email, role: "admin", language: "zh-CN" } });
    expect(await templatesTo(server, email)).toEqual(["invitation"]);
    const secret = await mailedSecret(server, email);
    const accepted = await accept({ secret, password: PASSWORD, username: "ada", firstName: "Ada" });
    expect([accepted.status, accepted.text]).toEqual([204, ""]);
    const account = await server.app.features.accounts.find({ email });
    expect(account).toMatchObject({
      uuid: invited.json.id,
      ...{ username: "ada", firstName: "Ada", role: "admin", language: "zh-CN" },
      emailVerifiedAtMs: server.clock.nowMs(),
    });
    expect((await login(email)).status).toBe(200);
    expect(await accept({ secret, password: PASSWORD })).toMatchObject(INVALID);
    expect((await list()).invitations).toEqual([]);
  });

  it("is made and accepted over tRPC, too", async () => {
    const email = freshEmail();
    const { token } = admin;
    const made = await call(server, "mutation", "adminInvitations.create", { input: { email }, token });
    expect(made.json.result.data).toMatchObject({ email, role: "user" });
    const input = { secret: await mailedSecret(server, email), password: PASSWORD };
    expect((await call(server, "mutation", "invitations.accept", { input })).status).toBe(200);
    expect((await login(email)).status).toBe(200);
  });

  it("is accepted by exactly one of a hundred requests at once", async () => {
    const email = freshEmail();
    await invite({ email });
    const secret = await mailedSecret(server, email);
    const acceptances = Array.from({ length: 100 }, () => accept({ secret, password: PASSWORD }));
    const statuses = (await Promise.all(acceptances)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    expect(statuses.filter((status) => status >= 500 && status !== 503)).toEqual([]);
  });

  it("is not used up when the chosen name or password is refused", async () => {
    const email = freshEmail();
    await invite({ email });
    const secret = await mailedSecret(server, email);
    const taken = await newUserByAdmin();
    for (const [chosen, status, code] of [
      [{ password: "short" }, 422, "INVALID_INPUT"],
      [{ password: PASSWORD, username: taken }, 409, "USERNAME_TAKEN"],
      [{ password: PASSWORD, username: "mallory@example.com" }, 422, "FOREIGN_ADDRESS"],
    ] as const) {
      const answer = await accept({ secret, ...chosen });
      expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    }
    expect((await accept({ secret, password: PASSWORD })).status).toBe(204);
  });

  it("works until its days are over, and is then neither listed nor resent", async () => {
    await start({ REGISTRATION: "invited", INVITATION_DAYS: "2" });
    const email = freshEmail();
    const { id } = (await invite({ email })).json;
    const secret = await mailedSecret(server, email);
    expect(await newestText(server, email)).toContain("2 days");
    server.clock.advance({ days: 2 });
    expect(await accept({ secret, password: PASSWORD })).toMatchObject(INVALID);
    const { token } = await newAdminWhoIsIn();
    expect((await send(server, "GET", PATH, { token })).json.invitations).toEqual([]);
    expect((await send(server, "POST", `${PATH}/${id}/resend`, { json: {}, token })).status).toBe(404);
    expect(await server.app.features.invitations.deleteOver()).toBe(1);
  });

  it("is replaced by a newer one of the address, and by a new link", async () => {
    const email = freshEmail();
    const first = (await invite({ email })).json;
    const secret = await mailedSecret(server, email);
    server.clock.advance({ ms: 1 });
    const second = (await invite({ email: email.toUpperCase(), role: "admin" })).json;
    expect(await accept({ secret, password: PASSWORD })).toMatchObject(INVALID);
    expect((await list()).invitations.map(({ id }: { id: string }) => id)).toEqual([second.id]);
    expect(first.id).not.toBe(second.id);
    const older = await mailedSecret(server, second.email);
    server.clock.advance({ ms: 1 });
    const resent = await send(server, "POST", `${PATH}/${second.id}/resend`, {
      json: {},
      token: admin.token,
    });
    expect(resent).toMatchObject({ status: 200, json: { id: second.id, role: "admin" } });
    expect(await accept({ secret: older, password: PASSWORD })).toMatchObject(INVALID);
    const newest = await mailedSecret(server, second.email);
    expect((await accept({ secret: newest, password: PASSWORD })).status).toBe(204);
  });

  it("can be withdrawn once, and its link is then invalid", async () => {
    const email = freshEmail();
    const { id } = (await invite({ email })).json;
    const secret = await mailedSecret(server, email);
    const withdraw = () => send(server, "DELETE", `${PATH}/${id}`, { token: admin.token });
    expect((await withdraw()).status).toBe(204);
    expect((await withdraw()).json.error.code).toBe("INVITATION_NOT_FOUND");
    expect(await accept({ secret, password: PASSWORD })).toMatchObject(INVALID);
  });

  it("is not sent to an address that has an account, and does not give it away later", async () => {
    const email = freshEmail();
    await invite({ email });
    const secret = await mailedSecret(server, email);
    await server.app.features.userAdministration.create({ email }, { actor: "operator", language: "en" });
    expect((await invite({ email })).json.error.code).toBe("EMAIL_TAKEN");
    expect((await accept({ secret, password: PASSWORD })).json.error.code).toBe("EMAIL_TAKEN");
  });

  it("keeps within the mail quota of its address", async () => {
    const email = freshEmail();
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await invite({ email })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await command("invite", email)).json.error.code).toBe("TOO_MANY_REQUESTS");
  });

  it("is for administrators who have just given the password", async () => {
    const open = await startServer({ databasePath: server.databasePath, clock: server.clock });
    const { token } = await newUser(open);
    await open.close();
    expect((await invite({ email: freshEmail() }, token)).json.error.code).toBe("FORBIDDEN");
    server.clock.advance({ minutes: 10 });
    expect((await invite({ email: freshEmail() })).json.error.code).toBe("REAUTHENTICATION_REQUIRED");
  });

  it("is in the audit log under the id that the account gets, without its address", async () => {
    const email = freshEmail();
    const { id: subject } = (await invite({ email, role: "admin" })).json;
    await accept({ secret: await mailedSecret(server, email), password: PASSWORD });
    const { entries } = await server.app.features.audit.list({ subject }, { limit: 9 });
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      "invitations.accept ok",
      "admin.invitations.create ok",
    ]);
    expect(JSON.stringify(entries)).not.toContain(email);
  });

  it("is neither sent nor accepted with REGISTRATION=closed", async () => {
    const email = freshEmail();
    await invite({ email });
    const secret = await mailedSecret(server, email);
    const environment = { REGISTRATION: "closed", EMAIL_VERIFICATION: "required" };
    const { databasePath, clock } = server;
    const closed = await startServer({ databasePath, clock, environment });
    const json = { secret, password: PASSWORD };
    const refused = await send(closed, "POST", "/api/v1/invitations/accept", { json });
    expect([refused.status, refused.json.error.code]).toEqual([403, "REGISTRATION_CLOSED"]);
    const more = { json: { email: freshEmail() }, token: admin.token };
    expect((await send(closed, "POST", PATH, more)).json.error.code).toBe("REGISTRATION_CLOSED");
    await closed.close();
    expect((await accept(json)).status).toBe(204);
  });
});

it("the command line invites, lists and withdraws", async () => {
  const email = freshEmail();
  expect(await command("invite", email, "--admin")).toMatchObject({
    exitCode: 0,
    json: { invitation: { email, role: "admin" } },
  });
  expect((await command("invitations")).json.invitations).toMatchObject([{ email }]);
  expect((await command("invite", "no address")).exitCode).toBe(2);
  expect((await command("withdraw", email)).exitCode).toBe(0);
  expect((await command("withdraw", email)).json.error.code).toBe("INVITATION_NOT_FOUND");
  expect(await registerThenInvite()).toBe("EMAIL_TAKEN");
});

const registerThenInvite = async () => {
  const open = await startServer({ databasePath: server.databasePath, clock: server.clock });
  const email = await registerUser(open);
  await open.close();
  return (await command("invite", email)).json.error.code;
};

const newUserByAdmin = async () => {
  const email = freshEmail();
  const username = `taken ${email}`.slice(0, 20).replace("@", ".");
  await server.app.features.userAdministration.create(
    { email, username },
    { actor: "operator", language: "en" },
  );
  return username;
};
