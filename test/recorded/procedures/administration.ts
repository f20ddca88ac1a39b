import type { Chapter } from "../play.js";
import {
  authLogin,
  bearer,
  idIn,
  newAdministrator,
  PASSWORD,
  preferring,
  signUp,
  usersLogin,
} from "../requests.js";
import type { Door } from "./doors.js";

const ID = "00000000-0000-4000-8000-000000000000";

export const adminUsers = ({ door, call }: Door): Chapter => ({
  name: `${door}-admin-users`,
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    const token = await signUp(stage, "ana@example.com");
    server.clock.advance({ minutes: 1 });
    await signUp(stage, "bo@example.com");
    server.clock.advance({ minutes: 1 });
    const admin = bearer(await newAdministrator(stage));
    const id = idIn(token);
    const page = await ask("a first page", call("adminUsers.list", { limit: 2 }, admin));
    const { next } = door === "v1" ? page.json : page.json.result.data;
    await askAll({
      "the next page": call("adminUsers.list", { limit: 2, after: next }, admin),
      "by the beginning of the name": call("adminUsers.list", { prefix: "AN" }, admin),
      administrators: call("adminUsers.list", { role: "admin", order: "oldest" }, admin),
      "by time": call(
        "adminUsers.list",
        { createdFrom: "2026-01-15T12:01:00Z", emailVerified: false },
        admin,
      ),
      "no user": call("adminUsers.list", { disabled: true }, admin),
      "what does not fit": call(
        "adminUsers.list",
        { limit: 0, order: "x", after: "x", createdTo: "x" },
        admin,
      ),
      "one user": call("adminUsers.get", { id }, admin),
      "an id in capitals": call("adminUsers.get", { id: id.toUpperCase() }, admin),
      "an unknown user": call("adminUsers.get", { id: ID }, admin),
      "what is no id": call("adminUsers.get", { id: "x" }, admin),
      "a new user": call("adminUsers.create", { email: "carl@example.com", username: "carl" }, admin),
      "a new user with a password": call(
        "adminUsers.create",
        { email: "dora@example.com", password: "told by telephone", role: "admin", language: "zh-CN" },
        admin,
      ),
      "a taken address": call("adminUsers.create", { email: "ana@example.com", username: "a" }, admin),
      "a taken name": call("adminUsers.create", { email: "e@example.com", username: "Carl" }, admin),
      "fields that do not fit": call("adminUsers.create", { email: "x", password: "x", role: "x" }, admin),
      "a change": call("adminUsers.update", { id, lastName: "Li", phoneNumber: null }, admin),
      "a change of what was changed": call(
        "adminUsers.update",
        { id, lastName: "Wu", updatedAt: "2026-01-15T12:00:00Z" },
        admin,
      ),
      "another address": call("adminUsers.update", { id, email: "Anna@example.com" }, admin),
      "a taken address for it": call("adminUsers.update", { id, email: "bo@example.com" }, admin),
      "a foreign address as name": call("adminUsers.update", { id, username: "x@example.com" }, admin),
      "its sessions": call("adminUsers.sessions", { id }, admin),
      "the end of an unknown session": call("adminUsers.endSession", { id, sessionId: ID }, admin),
      "the end of all": call("adminUsers.endSessions", { id }, admin),
      "once more": call("adminUsers.endSessions", { id }, admin),
      "another role": call("adminUsers.update", { id, role: "admin" }, admin),
      back: call("adminUsers.update", { id, role: "user" }, admin),
      disabled: call("adminUsers.disable", { id, reason: "Asked for it" }, admin),
      "disabled again": call("adminUsers.disable", { id }, admin),
      "login then": usersLogin("anna@example.com"),
      enabled: call("adminUsers.enable", { id }, admin),
      "a temporary password": call("adminUsers.setTemporaryPassword", { id }, admin),
      "a given one": call("adminUsers.setTemporaryPassword", { id, password: "told by telephone" }, admin),
      "a short one": call("adminUsers.setTemporaryPassword", { id, password: "x" }, admin),
      "login with it": authLogin("anna@example.com", "told by telephone"),
      deletion: call("adminUsers.delete", { id }, admin),
      "deletion again": call("adminUsers.delete", { id }, admin),
    });
    const live = (await prepare(usersLogin("bo@example.com"))).token();
    const sid = String(JSON.parse(Buffer.from(live.split(".")[1] ?? "", "base64url").toString()).sid);
    await ask("one session", call("adminUsers.endSession", { id: idIn(live), sessionId: sid }, admin));
    await ask("its token", call("account.get", undefined, bearer(live)));
  },
});

export const adminRefusals = ({ door, call }: Door): Chapter => ({
  name: `${door}-admin-refusals`,
  async play(stage) {
    const { ask, askAll, server } = stage;
    const user = bearer(await signUp(stage, "ana@example.com"));
    const adminToken = await newAdministrator(stage);
    const admin = bearer(adminToken);
    const own = idIn(adminToken);
    await askAll({
      "oneself disabled": call("adminUsers.disable", { id: own }, admin),
      "oneself deleted": call("adminUsers.delete", { id: own }, admin),
      "oneself no administrator": call("adminUsers.update", { id: own, role: "user" }, admin),
      "one's own temporary password": call("adminUsers.setTemporaryPassword", { id: own }, admin),
      "in Chinese": call("adminUsers.disable", { id: own }, admin, preferring("zh")),
      "the last administrator deletes the account": call("account.delete", undefined, admin),
    });
    const calls = ["list", "create", "get", "update", "disable", "enable", "setTemporaryPassword"]
      .concat("sessions", "endSession", "endSessions", "delete")
      .map((name) => `adminUsers.${name}`)
      .concat("adminAudit.list", "adminMail.list");
    const input = { id: own, sessionId: ID, email: "x@example.com" };
    for (const procedure of calls) {
      await ask("without a token", call(procedure, input));
      await ask("by a user", call(procedure, input, user));
    }
    await ask("by a user, in Chinese", call("adminUsers.list", undefined, user, preferring("zh")));
    server.clock.advance({ minutes: 11 });
    for (const procedure of calls.filter((name) => !/list|get|sessions|endSession/i.test(name))) {
      await ask("without a recent password", call(procedure, input, admin));
    }
  },
});

export const adminLists = ({ door, call }: Door): Chapter => ({
  name: `${door}-admin-lists`,
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    const admin = bearer(await newAdministrator(stage));
    const token = await signUp(stage, "ana@example.com");
    await prepare(call("adminUsers.disable", { id: idIn(token), reason: "x" }, admin));
    server.clock.advance({ minutes: 1 });
    await ask("a login that fails", usersLogin("ana@example.com", PASSWORD));
    const page = await ask("the audit log", call("adminAudit.list", { limit: 3 }, admin));
    const { next } = door === "v1" ? page.json : page.json.result.data;
    await askAll({
      "its next page": call("adminAudit.list", { limit: 3, before: next }, admin),
      "by action": call("adminAudit.list", { action: "admin.", outcome: "ok" }, admin),
      "by account": call("adminAudit.list", { subject: idIn(token), actor: "anonymous" }, admin),
      "by time": call("adminAudit.list", { from: "2026-01-15T12:00:30Z", outcome: "failed" }, admin),
      "what does not fit": call("adminAudit.list", { limit: 500, actor: "x", from: "x", before: 0 }, admin),
      "no mail": call("adminMail.list", undefined, admin),
    });
    await prepare(call("recovery.request", { email: "admin@example.com" }));
    await askAll({
      "a mail": call("adminMail.list", { state: "asked" }, admin),
      "no mail that was sent": call("adminMail.list", { state: "sent", limit: 1 }, admin),
      "what does not fit a list of mails": call(
        "adminMail.list",
        { state: "x", limit: 0, before: "x" },
        admin,
      ),
    });
  },
});
