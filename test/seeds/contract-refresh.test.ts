import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { deleteAccount, logout, me, refresh, setDisabled, signUpByName, verify } from "./accounts.js";
import { claimsOf, expectAnswer, expectDetail } from "./expect-answer.js";
import { STORES } from "./stores.js";

const REJECTED = "Refresh token is invalid or expired";

describe.each(STORES)("refresh on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  it("exchanges a live token, and again its successor", async () => {
    let { token } = await signUp(server);
    for (let times = 0; times < 3; times++) {
      const answer = await refresh(server, token);
      const successor = answer.json.access_token;
      expectAnswer(answer, 200, `{"access_token":"${successor}","token_type":"bearer","expires_in":180}`);
      expect(successor).not.toBe(token);
      token = successor;
    }
    expect((await me(server, token)).status).toBe(200);
  });

  it("kills the old token at once, everywhere", async () => {
    const { token } = await signUp(server);
    const { access_token: successor } = (await refresh(server, token)).json;
    expectDetail(await me(server, token), 401, "Token is invalid");
    expectDetail(await verify(server, token), 401, "Invalid token");
    expectDetail(await logout(server, token), 401, "Token is invalid");
    server.clock.advance({ seconds: 11 });
    expectDetail(await refresh(server, token), 403, REJECTED);
    expect((await me(server, successor)).status).toBe(200);
  });

  it("keeps the session: logout with the successor ends both", async () => {
    const { token } = await signUp(server);
    const { access_token: successor } = (await refresh(server, token)).json;
    expect(claimsOf(successor).sid).toBe(claimsOf(token).sid);
    await logout(server, successor);
    expectDetail(await refresh(server, successor), 403, REJECTED);
    expectDetail(await refresh(server, token), 403, REJECTED);
  });

  it("exchanges an expired token until seven days after its issue", async () => {
    const { token } = await signUp(server);
    server.clock.advance({ days: 7, seconds: -1 });
    expectDetail(await me(server, token), 401, "Token has expired");
    const answer = await refresh(server, token);
    expect(answer.status).toBe(200);
    expect(answer.json.expires_in).toBe(180);
    expect((await me(server, answer.json.access_token)).status).toBe(200);
  });

  it("does not exchange a token seven days after its issue", async () => {
    const { token } = await signUp(server);
    server.clock.advance({ days: 7 });
    expectDetail(await refresh(server, token), 403, REJECTED);
  });

  it("does not know a header that is missing or not Bearer", async () => {
    const path = "/api/users/refresh_token";
    const { token } = await signUp(server);
    for (const headers of [{}, { Authorization: "" }, { Authorization: `Basic ${token}` }]) {
      const answer = await send(server, "POST", path, { headers: headers as Record<string, string> });
      expectDetail(answer, 401, "Not authenticated");
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  it("does not know what is no token of ours, nor an unknown user's", async () => {
    const { email, token } = await signUp(server);
    const [head, payload] = token.split(".");
    await deleteAccount(server, email);
    for (const bad of ["garbage", "a.b.c", `${head}.${payload}.AAAA`, `${head}.${payload}.`, token]) {
      const answer = await refresh(server, bad);
      expectDetail(answer, 401, "Token is invalid");
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  it("rejects a token that was revoked: by logout, a password reset, or disabling", async () => {
    const [left, changed, disabled] = [await signUp(server), await signUp(server), await signUp(server)];
    await logout(server, left.token);
    await send(server, "POST", "/api/users/reset_password", {
      json: { email: changed.email, old_password: PASSWORD, new_password: PASSWORD },
    });
    await setDisabled(server, disabled.email, true);
    for (const { token } of [left, changed, disabled]) {
      const answer = await refresh(server, token);
      expectDetail(answer, 403, REJECTED);
      expect(answer.headers.has("www-authenticate")).toBe(false);
    }
  });

  it("rejects a revoked token as long as it could have been exchanged, not only while it gave access", async () => {
    const { token } = await signUp(server);
    await logout(server, token);
    for (const days of [1, 3, 2.9]) {
      server.clock.advance({ days });
      expectDetail(await refresh(server, token), 403, REJECTED);
    }
  });

  it("rejects an expired token whose session is over", async () => {
    const { token } = await signUp(server);
    server.clock.advance({ minutes: 179 });
    const { access_token: successor } = (await refresh(server, token)).json;
    await logout(server, successor);
    server.clock.advance({ minutes: 1 });
    expectDetail(await refresh(server, token), 403, REJECTED);
  });

  it("gives a token of the auth surface a successor of three hours", async () => {
    const { token } = await signUpByName(server);
    const { access_token: successor, expires_in } = (await refresh(server, token)).json;
    expect(expires_in).toBe(180);
    const { iat, exp } = claimsOf(successor) as { iat: number; exp: number };
    expect(exp - iat).toBe(180 * 60);
    expect((await verify(server, successor)).status).toBe(200);
  });
});
