import { afterEach, describe, expect, it } from "vitest";
import { newestText, templatesTo } from "../../../support/mail.js";
import { BY_OPERATOR } from "../../../support/operator.js";
import { PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { newAdmin, newUser } from "../user-administration/doors.js";

let server: TestServer;
const start = async () => {
  server = await startServer({ environment: { MAIL_NOTICES: "on" } });
};
afterEach(() => server.close());

describe("a changed password", () => {
  it("is announced to its user, in the language of the request", async () => {
    await start();
    const email = await registerUser(server);
    const json = { email, old_password: PASSWORD, new_password: "another horse battery" };
    await send(server, "POST", "/api/users/reset_password", { json, headers: { "Accept-Language": "zh" } });
    expect(await templatesTo(server, email)).toEqual(["passwordChanged"]);
    expect(await newestText(server, email)).toContain(
      "您的 Latchkey 账户的密码已于 2026-01-15 12:00 UTC 更改",
    );
  });

  it("is also announced after a recovery", async () => {
    await start();
    const email = await registerUser(server);
    await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
    const secret = /#secret=([\w-]+)/.exec(await newestText(server, email))?.[1];
    server.clock.advance({ ms: 1 });
    const json = { secret, newPassword: "another horse battery" };
    await send(server, "POST", "/api/v1/recovery/complete", { json });
    expect(await templatesTo(server, email)).toEqual(["passwordChanged", "passwordRecovery"]);
  });

  it("is also announced after a change by a signed-in user", async () => {
    await start();
    const { email, token } = await signUp(server);
    const json = { oldPassword: PASSWORD, newPassword: "another horse battery" };
    expect((await send(server, "POST", "/api/v1/account/password", { json, token })).status).toBe(204);
    expect(await templatesTo(server, email)).toEqual(["passwordChanged"]);
  });

  it(
    "is announced when an administrator or the operator has set it, in the language that its owner has " +
      "chosen",
    async () => {
      await start();
      const { token } = await newAdmin(server);
      const { userAdministration, accounts } = server.app.features;
      const byAdministrator = (id: string) =>
        call(server, "mutation", "adminUsers.setTemporaryPassword", { token, input: { id } });
      const byOperator = (id: string) =>
        userAdministration.setPassword(id, "another horse battery", BY_OPERATOR);
      for (const set of [byAdministrator, byOperator]) {
        const { id, email } = await newUser(server);
        const account = await accounts.find({ email });
        if (account !== undefined) await accounts.edit(account, { language: "zh-CN" }, BY_OPERATOR);
        await set(id);
        expect(await templatesTo(server, email)).toEqual(["passwordChanged"]);
        expect(await newestText(server, email)).toContain("密码已于");
      }
    },
  );

  it("is not announced if it was not changed", async () => {
    await start();
    const email = await registerUser(server);
    const json = { email, old_password: "wrong", new_password: "another horse battery" };
    await send(server, "POST", "/api/users/reset_password", { json });
    expect(await templatesTo(server, email)).toEqual([]);
  });
});
