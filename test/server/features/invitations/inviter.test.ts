import { afterEach, beforeEach, describe, expect, it } from "vitest";
import journal from "../../../../apps/server/migrations/sqlite/meta/_journal.json" with { type: "json" };
import { mailedSecret } from "../../../support/mail.js";
import { freshEmail, PASSWORD, send } from "../../../support/rest.js";
import { isOnSqlite, runElsewhere } from "../../../support/rows.js";
import { frozenClock, startServer, type TestServer } from "../../../support/server.js";
import { runInProcess } from "../../cli/in-process.js";
import { newAdmin, type Person } from "../user-administration/doors.js";

let server: TestServer;
let inviter: Person;
let other: Person;
const closing: TestServer[] = [];
beforeEach(async () => {
  // The command line has the machine's clock.
  server = await startServer({ clock: frozenClock(Date.now()) });
  closing.push(server);
  inviter = await newAdmin(server);
  other = await newAdmin(server);
});
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

const PATH = "/api/v1/admin/invitations";
const USERS = "/api/v1/admin/users";
const invite = async (role: "user" | "admin", { token }: Person = inviter) => {
  const email = freshEmail();
  const { status, json } = await send(server, "POST", PATH, { json: { email, role }, token });
  if (status !== 200) throw new Error(`not invited: ${status}`);
  return { id: String(json.id), email, secret: await mailedSecret(server, email) };
};
const accept = async (secret: string, at: TestServer = server) => {
  const json = { secret, password: PASSWORD };
  const answer = await send(at, "POST", "/api/v1/invitations/accept", { json });
  return answer.json?.error?.code ?? answer.status;
};
const list = async () =>
  (await send(server, "GET", PATH, { token: other.token })).json.invitations as ReadonlyArray<
    Readonly<Record<string, unknown>>
  >;
const command = async (...words: readonly string[]) => {
  const environment = { DATABASE_URL: server.databasePath, LOG_LEVEL: "silent" };
  const call = { words: ["users", ...words], folder: "/", environment, stdin: "" };
  const { exitCode, stdout, stderr } = await runInProcess(call);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
};

const endings: ReadonlyArray<readonly [how: string, end: () => Promise<unknown>]> = [
  [
    "disabled",
    () => send(server, "POST", `${USERS}/${inviter.id}/disable`, { json: {}, token: other.token }),
  ],
  [
    "demoted",
    () => send(server, "PATCH", `${USERS}/${inviter.id}`, { json: { role: "user" }, token: other.token }),
  ],
  ["deleted", () => send(server, "DELETE", `${USERS}/${inviter.id}`, { token: other.token })],
  ["deleted by themselves", () => send(server, "DELETE", "/api/v1/account", { token: inviter.token })],
  ["disabled on the command line", () => command("disable", inviter.email)],
  ["demoted on the command line", () => command("role", inviter.email, "user")],
];

describe.each(endings)("an administrator who is %s", (_, end) => {
  it("makes no other administrator by an invitation, and the others' invitations remain", async () => {
    const mine = await invite("admin");
    const theirs = await invite("admin", other);
    const ordinary = await invite("user");
    await end();
    expect((await list()).map(({ id }) => id).sort()).toEqual([theirs.id, ordinary.id].sort());
    expect(await accept(mine.secret)).toBe("LINK_INVALID");
    expect(await server.app.features.accounts.find({ email: mine.email })).toBeUndefined();
    expect([await accept(theirs.secret), await accept(ordinary.secret)]).toEqual([204, 204]);

    const { entries } = await server.app.features.audit.list({ subject: mine.id }, { limit: 9 });
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      "admin.invitations.withdraw ok",
      "admin.invitations.create ok",
    ]);
    expect(JSON.parse(entries[0]?.details ?? "")).toEqual({ reason: "inviter", role: "admin" });
  });
});

describe("an invitation with the role admin", () => {
  it("remains while its inviter changes the password and the profile", async () => {
    const { secret } = await invite("admin");
    const { token, email } = inviter;
    await send(server, "PATCH", "/api/v1/account", { json: { firstName: "San" }, token });
    const json = { email, old_password: PASSWORD, new_password: PASSWORD };
    expect((await send(server, "POST", "/api/users/reset_password", { json })).status).toBe(200);
    expect(await accept(secret)).toBe(204);
  });

  it("is not accepted if another program has disabled its inviter, nor mailed again", async () => {
    const { id, secret } = await invite("admin");
    await runElsewhere(server, "UPDATE users SET disabled = ? WHERE uuid = ?", true, inviter.id);
    expect(await list()).toEqual([]);
    expect(await accept(secret)).toBe("LINK_INVALID");
    const resent = await send(server, "POST", `${PATH}/${id}/resend`, { token: other.token });
    expect(resent.json.error.code).toBe("INVITATION_NOT_FOUND");
  });

  it("stays the first inviter's when another administrator has it mailed again", async () => {
    const { id, email } = await invite("admin");
    const resent = await send(server, "POST", `${PATH}/${id}/resend`, { token: other.token });
    expect(resent.json).toMatchObject({ id, invitedBy: inviter.id });
    const secret = await mailedSecret(server, email);
    await send(server, "DELETE", `${USERS}/${inviter.id}`, { token: other.token });
    expect(await accept(secret)).toBe("LINK_INVALID");
  });

  it("does not come back when its inviter is enabled again", async () => {
    const { secret } = await invite("admin");
    await send(server, "POST", `${USERS}/${inviter.id}/disable`, { json: {}, token: other.token });
    await send(server, "POST", `${USERS}/${inviter.id}/enable`, { token: other.token });
    expect(await accept(secret)).toBe("LINK_INVALID");
    expect(await list()).toEqual([]);
  });
});

describe("the list", () => {
  it("says who invited: an administrator, or the operator", async () => {
    const { id } = await invite("user");
    await command("invite", freshEmail(), "--admin");
    expect((await list()).map(({ invitedBy }) => invitedBy)).toEqual([null, inviter.id]);
    const lines = (await command("invitations")).split("\n");
    expect(lines.join("\n")).toMatch(/INVITED BY/);
    expect(lines.filter((line) => line.includes("the operator"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes(inviter.id))).toHaveLength(1);
    const json = JSON.parse(await command("invitations", "--json"));
    expect(json.invitations).toMatchObject([{ invitedBy: null }, { id, invitedBy: inviter.id }]);
  });
});

// Only SQLite had such invitations.
it.runIf(isOnSqlite())(
  "an invitation from before inviters were kept is its inviter's by the audit log",
  async () => {
    const mine = await invite("admin");
    await command("invite", freshEmail(), "--admin");
    const { when } = journal.entries.find(({ tag }) => tag.endsWith("_inviters")) ?? {};
    await runElsewhere(server, "DROP INDEX invitations_invited_by");
    await runElsewhere(server, "ALTER TABLE invitations DROP COLUMN invited_by");
    await runElsewhere(server, "DELETE FROM migrations WHERE created_at = ?", when ?? 0);
    const { databasePath, clock } = server;
    server = await startServer({ databasePath, clock });
    closing.push(server);
    expect((await list()).map(({ invitedBy }) => invitedBy)).toEqual([null, inviter.id]);
    await send(server, "POST", `${USERS}/${inviter.id}/disable`, { json: {}, token: other.token });
    expect(await accept(mine.secret)).toBe("LINK_INVALID");
  },
);
