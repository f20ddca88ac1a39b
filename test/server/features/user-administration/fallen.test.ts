import { adminUsers } from "@latchkey/contracts/admin/users";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cause } from "../../../../apps/server/src/cause.js";
import { ChangeRefused } from "../../../../apps/server/src/database/change.js";
import type { Account } from "../../../../apps/server/src/features/accounts/service.js";
import type { Features } from "../../../../apps/server/src/wiring/features.js";
import { enrol } from "../../../support/doors.js";
import { freshEmail, PASSWORD, send } from "../../../support/rest.js";
import { isOnSqlite } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { sqliteOf } from "../../../support/sqlite.js";
import { DOORS, type Name, newAdmin, newUser, type Person } from "./doors.js";

let server: TestServer;
/** Another process over the same database. */
let node: TestServer;
let admin: Person;
let other: Person;
let features: Features;
beforeEach(async () => {
  server = await startServer();
  const { databasePath, clock } = server;
  node = await startServer({ databasePath, clock });
  admin = await newAdmin(server);
  other = await newAdmin(server);
  features = server.app.features;
});
afterEach(async () => {
  await node.close();
  await server.close();
});

const USERS = "/api/v1/admin/users";
const times = <T>(count: number, run: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => run(i));
const fall = async () => {
  const { status } = await send(node, "POST", `${USERS}/${admin.id}/disable`, {
    json: {},
    token: other.token,
  });
  expect(status).toBe(200);
};
/** How an administrator stops being one, by what another one does in another process. */
const falls: ReadonlyArray<readonly [how: string, fall: () => Promise<unknown>]> = [
  ["disabled", fall],
  [
    "demoted",
    () => send(node, "PATCH", `${USERS}/${admin.id}`, { json: { role: "user" }, token: other.token }),
  ],
  ["deleted", () => send(node, "DELETE", `${USERS}/${admin.id}`, { token: other.token })],
];
const accountOf = async ({ id }: Person): Promise<Account> => {
  const account = await features.accounts.findByUuid(id);
  if (account === undefined) throw new Error("there is no such account");
  return account;
};

/** Everything that an administrator can do to another user, and to no one yet. */
const acts: ReadonlyArray<readonly [name: string, act: (target: Person, cause: Cause) => Promise<unknown>]> =
  [
    [
      "create",
      (_, cause) => features.userAdministration.create({ email: freshEmail(), role: "admin" }, cause),
    ],
    ["update", ({ id }, cause) => features.userAdministration.update(id, { firstName: "New" }, cause)],
    ["role", ({ id }, cause) => features.userAdministration.update(id, { role: "admin" }, cause)],
    ["disable", ({ id }, cause) => features.userAdministration.disable(id, "x", cause)],
    ["enable", ({ id }, cause) => features.userAdministration.enable(id, cause)],
    [
      "temporary password",
      ({ id }, cause) => features.userAdministration.setTemporaryPassword(id, undefined, cause),
    ],
    ["password", ({ id }, cause) => features.userAdministration.setPassword(id, PASSWORD, cause)],
    [
      "end a session",
      async ({ id }, cause) => {
        const [session] = await features.userAdministration.sessionsOf(id);
        await features.userAdministration.endSession(id, session?.id ?? "", cause);
      },
    ],
    ["end all sessions", ({ id }, cause) => features.userAdministration.endSessions(id, cause)],
    ["delete", ({ id }, cause) => features.userAdministration.delete(id, cause)],
    [
      "invite",
      (_, cause) => features.invitations.invite({ email: freshEmail(), role: "admin" }, undefined, cause),
    ],
  ];
const everything = async () => ({
  users: (await features.userAdministration.search({ order: "oldest", limit: 50 })).users,
  invitations: await features.invitations.list({ limit: 50 }),
  entries: (await features.audit.list({}, { limit: 100 })).entries,
});

describe.each(acts)("%s", (_, act) => {
  it.each(falls)("is refused as a whole if its administrator was %s in the meantime", async (_how, end) => {
    const target = await newUser(server);
    const requires = features.accounts.requiring(await accountOf(admin));
    const cause: Cause = { action: "trial.act", actor: admin.id, language: "en", requires };
    await end();
    const before = await everything();
    await expect(act(target, cause)).rejects.toThrow(ChangeRefused);
    expect(await everything()).toEqual(before);
    expect((await send(server, "GET", "/api/users/me", { token: target.token })).status).toBe(200);
  });
});

const MUTATIONS = Object.entries(adminUsers).flatMap(([name, { kind }]) =>
  kind === "mutation" ? [name as Name] : [],
);
const inputFor = async (name: Name, { id, email, token }: Person): Promise<Record<string, unknown>> => {
  if (name === "create") return { email: freshEmail() };
  if (name === "resetFactors") {
    await enrol({ url: server.url, nowMs: server.clock.nowMs }, { email, password: PASSWORD }, token);
    return { id, reason: "lost" };
  }
  if (name !== "endSession") return { id };
  return { id, sessionId: (await features.userAdministration.sessionsOf(id))[0]?.id };
};

// In PostgreSQL, the account is locked from the question until the commit: nothing can come in between.
describe.runIf(isOnSqlite()).each(DOORS)("over %s", (_, door) => {
  it.each(MUTATIONS)(
    "%s answers an administrator who falls during it as one whose session is over",
    async (name) => {
      const target = await newUser(server);
      const input = await inputFor(name, target);
      const before = await everything();
      const shell = new Database(server.databasePath);
      // At the last moment: when everything is written, but not committed yet.
      shell.exec(
        `CREATE TRIGGER fall BEFORE INSERT ON audit_entries WHEN NEW.outcome = 'ok' BEGIN
        UPDATE users SET session_epoch = session_epoch + 1 WHERE uuid = '${admin.id}'; END`,
      );
      const heard = await door(server, name, { input, token: admin.token });
      expect(heard).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
      shell.exec("DROP TRIGGER fall");
      shell.close();
      // Failures are recorded afterwards, in order.
      await sqliteOf(server.host).write(() => {});
      const { entries, ...after } = await everything();
      expect(after).toEqual({ users: before.users, invitations: before.invitations });
      expect(entries.slice(0, entries.length - before.entries.length)).toMatchObject([
        { outcome: "TOKEN_INVALID", actor: admin.id },
      ]);
      expect((await door(server, name, { input, token: admin.token })).code).toBeUndefined();
    },
  );
});

describe.each(DOORS)("over %s, calls that wait for a hash", (_, door) => {
  it("create no account once their administrator was disabled", async () => {
    const calls = times(24, () =>
      door(server, "create", { input: { email: freshEmail(), role: "admin" }, token: admin.token }),
    );
    // All were let in by now, and the others wait.
    await Promise.race(calls);
    await fall();
    const heard = await Promise.all(calls);
    const created = heard.filter(({ code }) => code === undefined).map(({ output }) => output.user.id);
    for (const { code } of heard) expect([undefined, "TOKEN_INVALID"]).toContain(code);
    const { users, entries } = await everything();
    expect(users.map(({ uuid }) => uuid).sort()).toEqual([admin.id, other.id, ...created].sort());
    const end = entries.findIndex(({ action }) => action === "admin.users.disable");
    const later = entries.slice(0, end).filter(({ outcome }) => outcome === "ok");
    expect(later.filter(({ actor }) => actor === admin.id)).toEqual([]);
  });
});
