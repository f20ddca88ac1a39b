import { contract } from "@latchkey/contracts/kit/procedure";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Cause } from "../../../apps/server/src/cause.js";
import { NO_CHANGE } from "../../../apps/server/src/database/change.js";
import { createEvents, eventKind } from "../../../apps/server/src/features/events/service.js";
import type { Context } from "../../../apps/server/src/rpc/context.js";
import { compose } from "../../../apps/server/src/rpc/procedure.js";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../../support/rest.js";
import { commitChange, refuseRows, rowsElsewhere, runElsewhere } from "../../support/rows.js";
import { startServer, type TestServer } from "../../support/server.js";
import { call } from "../../support/trpc.js";
import { newAdmin, newUser } from "../features/user-administration/doors.js";

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ environment: { TRUST_PROXY: "1" } });
});
afterEach(() => server.close());

interface Row {
  readonly action: string;
  readonly outcome: string;
  readonly actor: string;
  readonly subject: string | null;
  readonly details: string | null;
}

/** What another process finds in the log, oldest first. */
const rows = () =>
  rowsElsewhere<Row>(server, "SELECT * FROM audit_entries WHERE action <> 'trial.waited' ORDER BY number");
/** Failures are not waited for: they are there once entries written after them are. */
const allRows = async () => {
  await server.app.features.audit.record({ action: "trial.waited", actor: "operator" });
  return rows();
};
const summary = async () => (await allRows()).map(({ action, outcome }) => `${action} ${outcome}`);
const uuidOf = async (email: string) => (await server.app.features.accounts.find({ email }))?.uuid;
const post = (path: string, json: object, more = {}) => send(server, "POST", path, { json, ...more });

describe("the audit log", () => {
  it("contains a change before it is acknowledged, with who, to whom and from where", async () => {
    const headers = { "X-Forwarded-For": "203.0.113.9", "User-Agent": "Mozilla/5.0 (Test)" };
    const email = freshEmail();
    const json = { username: email, email, password: PASSWORD };
    const registered = await post("/api/auth/register", json, { headers });
    const uuid = registered.json.data.user.id;
    expect(await rows()).toMatchObject([
      {
        number: 1,
        at: server.clock.nowMs(),
        action: "auth.register",
        outcome: "ok",
        actor: uuid,
        subject: uuid,
        address: "203.0.113.9",
        user_agent: "Mozilla/5.0 (Test)",
        request_id: registered.headers.get("x-request-id"),
      },
    ]);
  });

  it("contains every kind of sign-in, sign-out and change, over REST and tRPC", async () => {
    const email = await registerUser(server);
    const token = await login(server, email);
    await send(server, "POST", "/api/users/logout", { token });
    await post("/api/users/reset_password", { email, old_password: PASSWORD, new_password: PASSWORD });
    await call(server, "mutation", "auth.login", { input: { username: email, password: PASSWORD } });
    const uuid = await uuidOf(email);
    const expected = ["users.register", "users.login", "users.logout", "users.reset_password", "auth.login"];
    expect((await rows()).map(({ action, actor, subject }) => [action, actor, subject])).toEqual(
      expected.map((action) => [action, uuid, uuid]),
    );
  });

  it("contains a failed sign-in with the account that was tried, but never what was typed", async () => {
    const email = await registerUser(server);
    await post("/api/users/login", { email, password: "hunter2-wrong" });
    await post("/api/auth/login", { username: "nobody.at.all", password: "hunter2-wrong" });
    expect((await allRows()).slice(1)).toMatchObject([
      { outcome: "INVALID_CREDENTIALS", actor: "anonymous", subject: await uuidOf(email) },
      { outcome: "INVALID_CREDENTIALS", actor: "anonymous", subject: null },
    ]);
    expect(JSON.stringify(await allRows())).not.toMatch(/hunter2|nobody|@|argon2|eyJ/);
  });

  it("does not contain reads, successful refreshes, or incomplete forms", async () => {
    const { token } = await signUp(server);
    const before = (await allRows()).length;
    await send(server, "GET", "/api/users/me", { token });
    await send(server, "GET", "/api/auth/verify", { token });
    await send(server, "POST", "/api/users/refresh_token", { token });
    await post("/api/users/login", { email: "not an address" });
    await send(server, "POST", "/api/users/logout");
    expect(await allRows()).toHaveLength(before);
  });

  it("contains refused refreshes, and says which was treated as a theft", async () => {
    const { email, token } = await signUp(server);
    const refresh = (key: string) =>
      send(server, "POST", "/api/users/refresh_token", { token, headers: { "Idempotency-Key": key } });
    await refresh("0123456789abcdef");
    await refresh("another-key-entirely");
    server.clock.advance({ seconds: 60 });
    await refresh("another-key-entirely");
    await send(server, "POST", "/api/users/refresh_token", { token: "junk" });
    const subject = await uuidOf(email);
    const failure = { action: "users.refresh_token", actor: "anonymous" };
    expect((await allRows()).slice(2)).toMatchObject([
      { ...failure, outcome: "REFRESH_REJECTED", subject, details: '{"reason":"reused"}' },
      { ...failure, outcome: "SESSION_STOLEN", subject, details: '{"reason":"stolen"}' },
      { ...failure, outcome: "TOKEN_INVALID", subject: null, details: null },
    ]);
  });

  it("distinguishes the calls of one tRPC batch", async () => {
    const [anna, boris] = [await registerUser(server), await registerUser(server)];
    const body = JSON.stringify({
      0: { email: anna, password: PASSWORD },
      1: { email: boris, password: "wrong" },
    });
    await call(server, "mutation", "users.login,users.login?batch=1", { body });
    const logins = (await allRows()).filter(({ action }) => action === "users.login");
    expect(logins.map(({ outcome, subject }) => [outcome, subject]).sort()).toEqual([
      ["INVALID_CREDENTIALS", await uuidOf(boris)],
      ["ok", await uuidOf(anna)],
    ]);
  });

  it("does not grow because of guesses that a limit refuses", async () => {
    const email = await registerUser(server);
    for (let i = 0; i < 60; i++) await post("/api/users/login", { email, password: `wrong ${i}` });
    expect((await summary()).filter((line) => line === "users.login RATE_LIMITED")).toHaveLength(1);
    await server.app.close();
    const counted = (await allRows()).map(({ outcome, details }) => [
      outcome,
      JSON.parse(details ?? "{}").repeated,
    ]);
    expect(counted.slice(-2)).toEqual([
      ["INVALID_CREDENTIALS", 10],
      ["RATE_LIMITED", 29],
    ]);
  });
});

/** The participants in a change: a user with a session, and an administrator's token. */
interface Cast {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly session: string;
  readonly admin: string;
}

describe("a change that the audit log cannot record", () => {
  const state = () =>
    Promise.all(
      ["users", "user_info", "sessions", "revocations"].map((table) =>
        rowsElsewhere(server, `SELECT * FROM ${table} ORDER BY 1`),
      ),
    );
  /** An administrator's call about a user who has a session. */
  const byAdmin = (name: string, more: object = {}) => {
    return async ({ id, session, admin }: Cast) =>
      call(server, "mutation", `adminUsers.${name}`, {
        token: admin,
        input: { id, ...more, ...(name === "endSession" && { sessionId: session }) },
      });
  };
  const changes: Record<string, (cast: Cast) => Promise<{ status: number }>> = {
    "users.register": () => {
      const name = { first_name: "San", last_name: "Zhang", phone_number: "13800138000" };
      return post("/api/users/register", { email: freshEmail(), password: PASSWORD, ...name });
    },
    "auth.register": () => {
      const email = freshEmail();
      return post("/api/auth/register", { username: email, email, password: PASSWORD });
    },
    "users.login": ({ email }) => post("/api/users/login", { email, password: PASSWORD }),
    "auth.login": ({ email }) => post("/api/auth/login", { username: email, password: PASSWORD }),
    "users.logout": ({ token }) => send(server, "POST", "/api/users/logout", { token }),
    "users.reset_password": ({ email }) =>
      post("/api/users/reset_password", { email, old_password: PASSWORD, new_password: "another one" }),
    "account.update": ({ token }) =>
      call(server, "mutation", "account.update", { token, input: { firstName: "Bo" } }),
    "account.change_password": ({ token }) =>
      call(server, "mutation", "account.changePassword", {
        token,
        input: { oldPassword: PASSWORD, newPassword: "another one" },
      }),
    "account.delete": ({ token }) => call(server, "mutation", "account.delete", { token }),
    "sessions.end": ({ token, session }) =>
      call(server, "mutation", "sessions.end", { token, input: { id: session } }),
    "sessions.end_others": ({ token }) => call(server, "mutation", "sessions.endOthers", { token }),
    "sessions.end_all": ({ token }) => call(server, "mutation", "sessions.endAll", { token }),
    "admin.users.create": ({ admin }) =>
      call(server, "mutation", "adminUsers.create", { token: admin, input: { email: freshEmail() } }),
    "admin.users.update": byAdmin("update", { firstName: "Bo" }),
    "admin.users.disable": byAdmin("disable"),
    "admin.users.enable": byAdmin("enable"),
    "admin.users.set_temporary_password": byAdmin("setTemporaryPassword"),
    "admin.users.end_session": byAdmin("endSession"),
    "admin.users.end_sessions": byAdmin("endSessions"),
    "admin.users.delete": byAdmin("delete"),
  };

  it.each(Object.entries(changes))("is not made: %s", async (action, change) => {
    const [user, admin] = [await newUser(server), await newAdmin(server)];
    const [session] = await server.app.features.userAdministration.sessionsOf(user.id);
    const cast = { ...user, admin: admin.token, session: session?.id ?? "" };
    if (action === "sessions.end_others") await login(server, user.email);
    const refusal = { table: "audit_entries", on: "INSERT", when: `NEW.action = '${action}'` } as const;
    const allow = await refuseRows(server, refusal);
    const before = await state();
    expect((await change(cast)).status).toBe(500);
    expect(await state()).toEqual(before);
    await allow();
    const told = (await allRows()).length;
    expect((await change(cast)).status).toBe(200);
    expect(await state()).not.toEqual(before);
    expect((await summary()).slice(told)).toEqual([`${action} ok`]);
  });

  it("is recorded once and as made even if what follows it fails", async () => {
    const { audit } = server.app.features;
    const events = createEvents({ audit });
    const change = contract("Trial.", {
      make: {
        ...{ kind: "mutation", access: "public", audit: "trial.make", raises: [] },
        ...{ summary: "Trial", description: "Trial.", input: z.void(), output: z.void() },
        example: { output: undefined },
      },
    });
    const made = eventKind("trial.made");
    const handle = async ({ cause }: { readonly cause: Cause }) => {
      await commitChange(server.host, events.of(cause, made, { subject: "ada" }));
      throw new Error("What follows fails");
    };
    const guard = {
      authenticate: () => Promise.reject(new Error("No one is asked who they are")),
      isRecent: () => false,
      requiring: () => NO_CHANGE,
    };
    const endpoint = compose(change.make, handle, { guard, audit: { ...audit, wasTold: events.wasTold } });
    const context: Context = {
      ...{ requestId: "trial-1", traceparent: undefined, bearer: undefined, cookie: undefined },
      ...{
        network: () => "192.0.2.1",
        site: () => "192.0.2.1",
        address: () => "192.0.2.1",
        isGone: () => false,
        answer: { take: () => true },
      },
      ...{ userAgent: () => undefined, language: () => "en", device: () => undefined },
      ...{ code: () => undefined, trustedDevice: () => undefined },
    };
    await expect(endpoint(context, undefined)).rejects.toThrow("What follows fails");
    expect(await summary()).toEqual(["trial.make ok"]);
  });

  it("is recorded as not made with everything that belongs to it", async () => {
    const { email, token } = await signUp(server);
    await runElsewhere(server, "ALTER TABLE known_places RENAME TO gone");
    const told = (await allRows()).length;
    expect((await call(server, "mutation", "account.delete", { token })).status).toBe(500);
    expect((await summary()).slice(told)).toEqual(["account.delete INTERNAL"]);
    await runElsewhere(server, "ALTER TABLE gone RENAME TO known_places");
    expect(await server.app.features.accounts.find({ email })).toBeDefined();
  });

  it("is recorded as not made if a part of it fails", async () => {
    const { token } = await signUp(server);
    await runElsewhere(server, "ALTER TABLE secrets RENAME TO gone");
    const told = (await allRows()).length;
    expect((await call(server, "mutation", "sessions.endAll", { token })).status).toBe(500);
    expect((await summary()).slice(told)).toEqual(["sessions.end_all INTERNAL"]);
    await runElsewhere(server, "ALTER TABLE gone RENAME TO secrets");
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
  });

  it("names no account if it was not created after all", async () => {
    const when = "NEW.outcome = 'ok' AND NEW.action <> 'trial.waited'";
    await refuseRows(server, { table: "audit_entries", on: "INSERT", when });
    const email = freshEmail();
    await post("/api/auth/register", { username: email, email, password: PASSWORD });
    expect(await allRows()).toMatchObject([{ action: "auth.register", actor: "anonymous", subject: null }]);
  });
});
