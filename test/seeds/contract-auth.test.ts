import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, PASSWORD, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { deleteAccount, logout, setDisabled, signUpByName, verify } from "./accounts.js";
import { entry, expectDetail, expectEntries } from "./expect-answer.js";
import { STORES } from "./stores.js";

describe.each(STORES)("the auth surface on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  const register = (json: unknown) => send(server, "POST", "/api/auth/register", { json });
  const attempt = (json: unknown) => send(server, "POST", "/api/auth/login", { json });
  let made = 0;
  const newUser = (change: Record<string, unknown> = {}) => ({
    username: `name ${++made}`,
    email: freshEmail(),
    password: PASSWORD,
    ...change,
  });

  describe("register", () => {
    const FIELDS = ["username", "email", "password"];

    it("names the faults in the order of the fields", async () => {
      expectEntries(await register({}), FIELDS.map(entry.missing));
      const nulls = { password: null, email: null, username: null };
      expectEntries(await register(nulls), FIELDS.map(entry.nothing));
      const mixed = { password: "short", email: "nobody", username: "" };
      expectEntries(await register(mixed), [
        entry.tooShort("username", 1),
        entry.badAddress(),
        entry.tooShort("password", 6),
      ]);
    });

    it("refuses a username that is taken in another letter case", async () => {
      const { username } = await signUpByName(server);
      const again = newUser({ username: ` ${username.toUpperCase()} ` });
      expectDetail(await register(again), 409, "用户名已存在");
    });

    it("refuses an address that is taken in another letter case, on either surface", async () => {
      const { email: here } = await signUpByName(server);
      const { email: there } = await signUp(server);
      for (const email of [here.toUpperCase(), there.toUpperCase()]) {
        expectDetail(await register(newUser({ email })), 409, "邮箱已存在");
      }
    });

    it("names the username where both are taken, also by two different accounts", async () => {
      const [one, two] = [await signUpByName(server), await signUpByName(server)];
      expectDetail(await register({ ...one, email: two.email }), 409, "用户名已存在");
    });

    it("counts code points: six of them are a password", async () => {
      expectEntries(await register(newUser({ password: "😀😀😀😀😀" })), [entry.tooShort("password", 6)]);
      expect((await register(newUser({ password: "😀😀😀😀😀😀" }))).status).toBe(200);
    });
  });

  describe("login", () => {
    it("refuses what is unknown, wrong or empty, all alike and without WWW-Authenticate", async () => {
      const { username } = await signUpByName(server);
      for (const json of [
        { username: "nobody at all", password: PASSWORD },
        { username: freshEmail(), password: PASSWORD },
        { username, password: "wrong" },
        { username, password: "" },
        { username: "", password: PASSWORD },
        { username: "", password: "" },
      ]) {
        const answer = await attempt(json);
        expectDetail(answer, 401, "用户名或密码错误");
        expect(answer.headers.has("www-authenticate")).toBe(false);
      }
    });

    it("tells only who knows the password that the account is disabled", async () => {
      const { username, email } = await signUpByName(server);
      await setDisabled(server, email, true);
      for (const name of [username, email]) {
        expectDetail(await attempt({ username: name, password: PASSWORD }), 403, "用户被禁用");
        expectDetail(await attempt({ username: name, password: "wrong" }), 401, "用户名或密码错误");
      }
    });

    it("names the faults of the body", async () => {
      expectEntries(await attempt({}), [entry.missing("username"), entry.missing("password")]);
      expectEntries(await attempt({ username: {}, password: null }), [
        entry.noText("username"),
        entry.nothing("password"),
      ]);
    });

    it("takes usernames and addresses in any letter case", async () => {
      const { username, email, id } = await signUpByName(server);
      for (const name of [username.toUpperCase(), email.toUpperCase()]) {
        const answer = await attempt({ username: name, password: PASSWORD });
        expect([answer.status, answer.json.data?.user.id]).toEqual([200, id]);
      }
    });
  });

  describe("verify", () => {
    it("asks for a token where the header is missing or not Bearer", async () => {
      const { token } = await signUpByName(server);
      for (const headers of [{}, { Authorization: `Basic ${token}` }, { Authorization: "Bearer" }]) {
        const sent = { headers: headers as Record<string, string> };
        const answer = await send(server, "GET", "/api/auth/verify", sent);
        expectDetail(answer, 401, "Authentication required");
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
    });

    it("refuses garbage, expired and revoked tokens and those of users who are gone or disabled", async () => {
      const expired = await signUpByName(server);
      server.clock.advance({ days: 1, seconds: -1 });
      expect((await verify(server, expired.token)).status).toBe(200);
      server.clock.advance({ seconds: 1 });
      const [revoked, gone, disabled] = await Promise.all([1, 2, 3].map(() => signUpByName(server)));
      if (!revoked || !gone || !disabled) throw new Error("three were made");
      await logout(server, revoked.token);
      await deleteAccount(server, gone.email);
      await setDisabled(server, disabled.email, true);
      for (const token of ["garbage", expired.token, revoked.token, gone.token, disabled.token]) {
        const answer = await verify(server, token);
        expectDetail(answer, 401, "Invalid token");
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
    });

    it("shows when the account was made, and when it was changed", async () => {
      const made = server.clock.nowMs();
      const { email, token } = await signUpByName(server);
      server.clock.advance({ minutes: 1, ms: 999 });
      const json = { email, old_password: PASSWORD, new_password: PASSWORD };
      await send(server, "POST", "/api/users/reset_password", { json, token });
      const { created_at, updated_at } = (await verify(server, token)).json.data;
      const seconds = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
      expect(created_at).toBe(seconds(made));
      expect(updated_at).toBe(seconds(made + 60_999));
    });
  });
});
