import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BY_OPERATOR } from "../support/operator.js";
import { login, PASSWORD, send, signUp } from "../support/rest.js";
import { runElsewhere } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";
import { logout, me, refresh, setDisabled, verify } from "./accounts.js";
import { expectDetail } from "./expect-answer.js";
import { STORES } from "./stores.js";

describe.each(STORES)("disabling an account on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  it("ends its sessions and lets nobody in, on both surfaces", async () => {
    const { email, token } = await signUp(server);
    const other = await login(server, email);
    await setDisabled(server, email, true);
    for (const dead of [token, other]) {
      expectDetail(await me(server, dead), 401, "Token is invalid");
      expectDetail(await send(server, "GET", "/api/me", { token: dead }), 401, "Token is invalid");
      expectDetail(await logout(server, dead), 401, "Token is invalid");
      expectDetail(await verify(server, dead), 401, "Invalid token");
      expectDetail(await refresh(server, dead), 403, "Refresh token is invalid or expired");
    }
    const users = await send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } });
    expectDetail(users, 403, "User is disabled");
    const auth = await send(server, "POST", "/api/auth/login", {
      json: { username: email, password: PASSWORD },
    });
    expectDetail(auth, 403, "用户被禁用");
  });

  it("gives an old session no life when the account is enabled again", async () => {
    const { email, token } = await signUp(server);
    await setDisabled(server, email, true);
    await setDisabled(server, email, false);
    expectDetail(await me(server, token), 401, "Token is invalid");
    expectDetail(await refresh(server, token), 403, "Refresh token is invalid or expired");
    expect((await me(server, await login(server, email))).status).toBe(200);
  });

  it("is enough of itself: nobody need name the sessions that it ends", async () => {
    const { email, token } = await signUp(server);
    const { accounts } = server.app.features;
    const account = await accounts.find({ email });
    if (account === undefined) throw new Error(`there is no ${email}`);
    await accounts.disable(account, undefined, BY_OPERATOR);
    expectDetail(await me(server, token), 401, "Token is invalid");
    await accounts.enable(account, BY_OPERATOR);
    expectDetail(await me(server, token), 401, "Token is invalid");
    expectDetail(await refresh(server, token), 403, "Refresh token is invalid or expired");
  });

  it("by hand in the database holds at the next request", async () => {
    const { email, token } = await signUp(server);
    expect((await me(server, token)).status).toBe(200);
    await runElsewhere(server, "UPDATE users SET disabled = ? WHERE email = ?", true, email);
    expectDetail(await me(server, token), 401, "Token is invalid");
    expectDetail(await verify(server, token), 401, "Invalid token");
    expectDetail(await refresh(server, token), 403, "Refresh token is invalid or expired");
  });
});
