import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mailedSecret, templatesTo } from "../../../support/mail.js";
import { freshEmail, PASSWORD, send, signUp } from "../../../support/rest.js";
import { refuseRows, rowsElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { newAdmin } from "../user-administration/doors.js";

const NEW_PASSWORD = "another horse battery";

let server: TestServer;
beforeEach(async () => {
  server = await startServer({
    environment: { MAIL_NOTICES: "on", TRUST_PROXY: "1", EMAIL_VERIFICATION: "soft" },
  });
});
afterEach(() => server.close());

/** What an action changes, apart from the outbox and the audit log. */
const state = () =>
  Promise.all(
    ["users", "user_info", "sessions", "revocations"].map((table) =>
      rowsElsewhere(server, `SELECT * FROM ${table} ORDER BY 1`),
    ),
  );

type Act = () => Promise<{ readonly status: number }>;
const post = (path: string, json: object, more = {}) => send(server, "POST", path, { json, ...more });

/** Prepares an action that changes something, and names the letter that reports it and its recipient. */
const acts: Record<string, () => Promise<{ act: Act; template: string; to: string }>> = {
  async "a registration"() {
    const email = freshEmail();
    const profile = { first_name: "San", last_name: "Zhang", phone_number: "13800138000" };
    const act = () => post("/api/users/register", { email, password: PASSWORD, ...profile });
    return { act, template: "verifyAddress", to: email };
  },
  async "a password that its owner changes"() {
    const { email } = await signUp(server);
    const json = { email, old_password: PASSWORD, new_password: NEW_PASSWORD };
    return { act: () => post("/api/users/reset_password", json), template: "passwordChanged", to: email };
  },
  async "a recovery"() {
    const { email } = await signUp(server);
    await server.app.features.mailWorker.deliver();
    server.clock.advance({ ms: 1 });
    await post("/api/v1/recovery/request", { email });
    const json = { secret: await mailedSecret(server, email), newPassword: NEW_PASSWORD };
    return { act: () => post("/api/v1/recovery/complete", json), template: "passwordChanged", to: email };
  },
  async "a password that an administrator sets"() {
    const { email } = await signUp(server);
    const { token } = await newAdmin(server);
    const { uuid: id } = (await server.app.features.accounts.find({ email })) ?? {};
    const act = () => call(server, "mutation", "adminUsers.setTemporaryPassword", { token, input: { id } });
    return { act, template: "passwordChanged", to: email };
  },
  async "another address"() {
    const { email, token } = await signUp(server);
    const newEmail = freshEmail();
    await post("/api/v1/email/change", { newEmail }, { token });
    const json = { secret: await mailedSecret(server, newEmail) };
    const act = () => post("/api/v1/email/complete", json, { token });
    return { act, template: "addressChanged", to: email };
  },
  async "a sign-in from a new device"() {
    const { email } = await signUp(server);
    let network = 0;
    const act = () => {
      // A network whose sign-in was refused counts as known afterwards.
      const headers = { "X-Forwarded-For": `198.51.100.${++network}` };
      return post("/api/users/login", { email, password: PASSWORD }, { headers });
    };
    return { act, template: "newDevice", to: email };
  },
  async "the end of a stolen session"() {
    const { email, token } = await signUp(server);
    const refresh = (key: string) =>
      send(server, "POST", "/api/users/refresh_token", { token, headers: { "Idempotency-Key": key } });
    await refresh("a key of the owner's");
    server.clock.advance({ minutes: 2 });
    return { act: () => refresh("a key of the thief's"), template: "theftNoticed", to: email };
  },
};

describe.each(Object.entries(acts))("%s", (_, prepare) => {
  it("is not done if the letter that reports it cannot be written", async () => {
    const { act, template, to } = await prepare();
    const refusal = { table: "mails", on: "INSERT", when: `NEW.template = '${template}'` } as const;
    const allow = await refuseRows(server, refusal);
    const before = await state();
    expect((await act()).status).toBe(500);
    expect(await state()).toEqual(before);
    await allow();
    await act();
    expect(await state()).not.toEqual(before);
    expect(await templatesTo(server, to)).toContain(template);
  });
});

describe.each(Object.entries(acts).filter(([name]) => name !== "the end of a stolen session"))(
  "%s that is undone",
  (_, prepare) => {
    it("has no letter", async () => {
      const { act, template, to } = await prepare();
      // After the letter: what follows it in the same commit, or the audit log's own entry.
      await refuseRows(server, { table: "sessions", on: "UPDATE" });
      await refuseRows(server, { table: "audit_entries", on: "INSERT", when: "NEW.outcome = 'ok'" });
      const before = await state();
      expect((await act()).status).toBe(500);
      expect(await state()).toEqual(before);
      expect(await templatesTo(server, to)).not.toContain(template);
    });
  },
);
