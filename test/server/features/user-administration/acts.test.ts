import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailedSecret } from "../../../support/mail.js";
import { freshEmail, login, PASSWORD, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { DOORS, type Name, newAdmin, newUser, type Person } from "./doors.js";

let server: TestServer;
/** Another process over the same database. */
let node: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startServer();
  const { databasePath, clock } = server;
  node = await startServer({ databasePath, clock });
  admin = await newAdmin(server);
});
afterAll(async () => {
  await node.close();
  await server.close();
});

describe.each(DOORS)("over %s", (_, door) => {
  const act = (name: Name, input: Record<string, unknown>, by = admin) =>
    door(server, name, { input, token: by.token });
  const done = async (name: Name, input: Record<string, unknown>, by = admin) => {
    const heard = await act(name, input, by);
    expect([name, heard.code]).toEqual([name, undefined]);
    return heard.output;
  };
  const refused = async (name: Name, input: Record<string, unknown>, status: number, code: string) =>
    expect(await act(name, input)).toMatchObject({ status, code });
  const statuses = (token: string) =>
    Promise.all([server, node].map(async (at) => (await send(at, "GET", "/api/users/me", { token })).status));
  const signIn = (email: string, password: string) =>
    send(server, "POST", "/api/users/login", { json: { email, password } });

  it("create makes a user whose first password only sets another, generated here or given", async () => {
    const email = freshEmail();
    const { user, temporaryPassword } = await done("create", { email, firstName: "三", language: "zh-CN" });
    expect(user).toMatchObject({ email, username: email, firstName: "三", language: "zh-CN", role: "user" });
    expect(user.passwordChangeRequired).toBe(true);
    expect(temporaryPassword).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    expect((await signIn(email, temporaryPassword)).status).toBe(403);
    const json = { email, old_password: temporaryPassword, new_password: PASSWORD };
    expect((await send(server, "POST", "/api/users/reset_password", { json })).status).toBe(200);
    expect(await login(server, email)).toBeTypeOf("string");
    expect(await done("get", { id: user.id })).toMatchObject({ passwordChangeRequired: false });

    const given = await done("create", { email: freshEmail(), password: "told by telephone", role: "admin" });
    expect(given).toMatchObject({ temporaryPassword: null, user: { role: "admin" } });
    expect((await signIn(given.user.email, "told by telephone")).status).toBe(403);
    await done("delete", { id: given.user.id });
  });

  it("create refuses what is taken, and what is invalid", async () => {
    const { email } = await newUser(server);
    await refused("create", { email: email.toUpperCase() }, 409, "EMAIL_TAKEN");
    await refused("create", { email: freshEmail(), username: email }, 422, "INVALID_INPUT");
    await refused("create", { email: "nobody" }, 422, "INVALID_INPUT");
    await refused("create", { email: freshEmail(), password: "short" }, 422, "INVALID_INPUT");
    await refused("create", { email: freshEmail(), role: "root" }, 422, "INVALID_INPUT");
  });

  it("update changes what is given; a username that was the address changes with it", async () => {
    const user = await newUser(server);
    const email = freshEmail();
    const changed = await done("update", { id: user.id, email, lastName: null });
    expect(changed).toMatchObject({ email, username: email, firstName: "San", lastName: null });
    expect(await statuses(user.token)).toEqual([200, 200]);
    expect(await done("update", { id: user.id, username: `name of ${user.id}`.slice(0, 40) })).toMatchObject({
      email,
    });
    await refused("update", { id: user.id, username: "a@b.com" }, 422, "FOREIGN_ADDRESS");
    await refused("update", { id: user.id, email: admin.email }, 409, "EMAIL_TAKEN");
    await refused("update", { id: user.id, email: "nobody" }, 422, "INVALID_INPUT");
  });

  it("update of an address invalidates the links mailed before, even one to a third address", async () => {
    const user = await newUser(server);
    const newEmail = freshEmail();
    const change = { json: { newEmail }, token: user.token };
    expect((await send(server, "POST", "/api/v1/email/change", change)).status).toBe(204);
    const secret = await mailedSecret(server, newEmail);
    await done("update", { id: user.id, email: freshEmail() });
    const answer = await send(server, "POST", "/api/v1/email/complete", { json: { secret } });
    expect(answer.json).toMatchObject({ error: { code: "LINK_INVALID" } });
  });

  it("update with the updatedAt that was read is refused if another change came first", async () => {
    const { id } = await newUser(server);
    const { updatedAt } = await done("get", { id });
    const both = await Promise.all(
      ["A", "B"].map((firstName) => act("update", { id, firstName, updatedAt })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    await refused("update", { id, firstName: "C", updatedAt }, 409, "USER_CHANGED");
  });

  it(
    "a new role, disabling, a temporary password and deletion take effect at the next request in every " +
      "process",
    async () => {
      const acts: ReadonlyArray<readonly [Name, Record<string, unknown>]> = [
        ["update", { role: "admin" }],
        ["disable", { reason: "Left" }],
        ["setTemporaryPassword", {}],
        ["setTemporaryPassword", { password: "told by telephone" }],
        ["endSessions", {}],
        ["delete", {}],
      ];
      for (const [name, input] of acts) {
        const user = await newUser(server);
        expect(await statuses(user.token)).toEqual([200, 200]);
        await done(name, { id: user.id, ...input });
        expect([name, await statuses(user.token)]).toEqual([name, [401, 401]]);
        const refresh = await send(node, "POST", "/api/users/refresh_token", { token: user.token });
        expect([401, 403]).toContain(refresh.status);
        if (name === "update") await done("update", { id: user.id, role: "user" });
      }
    },
  );

  it("disable keeps its reason for administrators until the user is enabled again", async () => {
    const user = await newUser(server);
    const disabled = await done("disable", { id: user.id, reason: "Asked for it" });
    expect(disabled).toMatchObject({ disabled: true, disabledReason: "Asked for it" });
    expect((await signIn(user.email, PASSWORD)).status).toBe(403);
    expect(await done("enable", { id: user.id })).toMatchObject({ disabled: false, disabledReason: null });
    expect(await statuses(user.token)).toEqual([401, 401]);
    expect((await signIn(user.email, PASSWORD)).status).toBe(200);
  });

  it("sessions lists the user's own, endSession ends one of them and no other user's", async () => {
    const user = await newUser(server);
    const other = await newUser(server);
    const second = await login(server, user.email);
    const { sessions } = await done("sessions", { id: user.id });
    expect(sessions).toHaveLength(2);
    expect(Object.keys(sessions[0]).sort()).toEqual([
      "address",
      "createdAt",
      "expiresAt",
      "id",
      "lastSeenAt",
      "methods",
      "userAgent",
    ]);
    const [foreign] = (await done("sessions", { id: other.id })).sessions;
    await refused("endSession", { id: user.id, sessionId: foreign.id }, 404, "SESSION_NOT_FOUND");
    expect(await statuses(other.token)).toEqual([200, 200]);
    for (const { id: sessionId } of sessions) await done("endSession", { id: user.id, sessionId });
    expect([await statuses(user.token), await statuses(second)]).toEqual([
      [401, 401],
      [401, 401],
    ]);
    await refused("endSession", { id: user.id, sessionId: sessions[0].id }, 404, "SESSION_NOT_FOUND");
  });

  it("delete leaves nothing but the freed names", async () => {
    const user = await newUser(server);
    await done("delete", { id: user.id.toUpperCase() });
    await refused("get", { id: user.id }, 404, "USER_NOT_FOUND");
    await refused("delete", { id: user.id }, 404, "USER_NOT_FOUND");
    await done("create", { email: user.email });
  });

  it("administrators cannot disable, demote, delete or give a temporary password to themselves", async () => {
    const id = admin.id;
    for (const [name, input] of [
      ["disable", { id }],
      ["delete", { id }],
      ["update", { id, role: "user" }],
      ["setTemporaryPassword", { id }],
      ["disable", { id: id.toUpperCase() }],
    ] as const) {
      await refused(name, input, 409, "OWN_ACCOUNT");
    }
    expect(await done("update", { id, role: "admin", firstName: "Ada" })).toMatchObject({ firstName: "Ada" });
    expect(await statuses(admin.token)).toEqual([200, 200]);
  });
});

describe.each(DOORS)("two administrators, over %s", (_, door) => {
  it.each([
    ["demote", "update", { role: "user" }],
    ["disable", "disable", {}],
    ["delete", "delete", {}],
  ] as const)("who %s each other at once, in two processes, leave one", async (_verb, name, more) => {
    const own = await startServer();
    const { databasePath, clock } = own;
    const second = await startServer({ databasePath, clock });
    try {
      const [first, other] = [await newAdmin(own), await newAdmin(own)];
      const heard = await Promise.all([
        door(own, name, { input: { id: other.id, ...more }, token: first.token }),
        door(second, name, { input: { id: first.id, ...more }, token: other.token }),
      ]);
      const won = heard.filter(({ code }) => code === undefined);
      const lost = heard.find(({ code }) => code !== undefined);
      expect(won).toHaveLength(1);
      // Refused as the last one, or no longer let in.
      expect(["LAST_ADMIN", "TOKEN_INVALID", "FORBIDDEN"]).toContain(lost?.code);
      const admins = await own.app.features.userAdministration.search({
        order: "oldest",
        limit: 5,
        role: "admin",
        disabled: false,
      });
      expect(admins.users).toHaveLength(1);
    } finally {
      await second.close();
      await own.close();
    }
  });
});
