import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { deleteAccount, logout, me, refresh, setDisabled, signUpByName } from "./accounts.js";
import { entry, expectAnswer, expectDetail, expectEntries } from "./expect-answer.js";
import { STORES } from "./stores.js";

const FIELDS = ["email", "password", "first_name", "last_name", "phone_number"];

describe.each(STORES)("the users surface on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  const post = (path: string, json: unknown) => send(server, "POST", path, { json });
  const newUser = (change: Record<string, unknown> = {}) => ({
    email: freshEmail(),
    password: PASSWORD,
    first_name: "San",
    last_name: "Zhang",
    phone_number: "1",
    ...change,
  });

  describe("register", () => {
    const register = (json: unknown) => post("/api/users/register", json);

    it("ignores unknown keys", async () => {
      expect((await register(newUser({ id: 1, disabled: true, username: 7 }))).status).toBe(200);
    });

    it("names the faults in the order of the fields, whatever the order of the body", async () => {
      expectEntries(await register({}), FIELDS.map(entry.missing));
      const nulls = Object.fromEntries(FIELDS.toReversed().map((field) => [field, null]));
      expectEntries(await register(nulls), FIELDS.map(entry.nothing));
      const mixed = { phone_number: 1, password: "", email: "nobody", first_name: null };
      expectEntries(await register(mixed), [
        entry.badAddress(),
        entry.tooShort("password", 1),
        entry.nothing("first_name"),
        entry.missing("last_name"),
        entry.noText("phone_number"),
      ]);
    });

    it("refuses an address that is taken, in any letter case, from either surface", async () => {
      const here = await registerUser(server);
      const { email: there } = await signUpByName(server);
      for (const email of [here, here.toUpperCase(), there, there.toUpperCase()]) {
        expectDetail(await register(newUser({ email })), 400, "Email already registered");
      }
    });

    it("takes a password of one character and empty names", async () => {
      const user = newUser({ password: "x", first_name: "", last_name: "", phone_number: "" });
      expect((await register(user)).status).toBe(200);
      const token = await login(server, user.email, "x");
      expect((await me(server, token)).text).toBe(
        `{"email":"${user.email}","first_name":"","last_name":"","phone_number":""}`,
      );
    });

    it("does not take the given name for a login name", async () => {
      const user = newUser({ first_name: "Xiuying" });
      await register(user);
      const answer = await post("/api/auth/login", { username: "Xiuying", password: PASSWORD });
      expect(answer.status).toBe(401);
    });
  });

  describe("login", () => {
    const attempt = (json: unknown) => post("/api/users/login", json);

    it("refuses what is unknown, malformed, wrong or empty, all alike", async () => {
      const email = await registerUser(server);
      for (const json of [
        { email: freshEmail(), password: PASSWORD },
        { email: "malformed", password: PASSWORD },
        { email: "", password: PASSWORD },
        { email, password: "wrong" },
        { email, password: `${PASSWORD} ` },
        { email, password: "" },
        { email: "", password: "" },
      ]) {
        expectDetail(await attempt(json), 400, "Incorrect email or password");
      }
    });

    it("tells only who knows the password that the account is disabled", async () => {
      const email = await registerUser(server);
      await setDisabled(server, email, true);
      expectDetail(await attempt({ email, password: PASSWORD }), 403, "User is disabled");
      expectDetail(await attempt({ email, password: "wrong" }), 400, "Incorrect email or password");
    });

    it("names the faults of the body", async () => {
      expectEntries(await attempt({}), [entry.missing("email"), entry.missing("password")]);
      expectEntries(await attempt({ password: null, email: ["a"] }), [
        entry.noText("email"),
        entry.nothing("password"),
      ]);
    });
  });

  describe.each(["/api/users/me", "/api/me"])("%s", (path) => {
    const read = (token?: string) => send(server, "GET", path, token === undefined ? {} : { token });

    it("has four keys, null where the account knows nothing", async () => {
      const { email, token } = await signUpByName(server);
      const profile = `{"email":"${email}","first_name":null,"last_name":null,"phone_number":null}`;
      expectAnswer(await read(token), 200, profile);
    });

    it("asks for a token", async () => {
      const answer = await read();
      expectDetail(answer, 401, "Not authenticated");
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    });

    it("tells an expired token from an invalid one", async () => {
      const { token } = await signUp(server);
      server.clock.advance({ minutes: 179, seconds: 59 });
      expect((await read(token)).status).toBe(200);
      server.clock.advance({ seconds: 1 });
      const answer = await read(token);
      expectDetail(answer, 401, "Token has expired");
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    });

    it("refuses garbage, revoked tokens and those of users who are gone or disabled", async () => {
      const [revoked, gone, disabled] = [await signUp(server), await signUp(server), await signUp(server)];
      await logout(server, revoked.token);
      await deleteAccount(server, gone.email);
      await setDisabled(server, disabled.email, true);
      for (const token of ["garbage", "a.b.c", revoked.token, gone.token, disabled.token]) {
        const answer = await read(token);
        expectDetail(answer, 401, "Token is invalid");
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
    });
  });

  describe("logout", () => {
    it("ends its own session and no other", async () => {
      const { email, token } = await signUp(server);
      const other = await login(server, email);
      expectAnswer(await logout(server, token), 200, '{"message":"You have been logged out."}');
      expectDetail(await me(server, token), 401, "Token is invalid");
      expect((await me(server, other)).status).toBe(200);
    });

    it("refuses as me does", async () => {
      const { token: twice } = await signUp(server);
      await logout(server, twice);
      expectDetail(await logout(server, twice), 401, "Token is invalid");
      expectDetail(await logout(server, "garbage"), 401, "Token is invalid");
      expectDetail(await send(server, "POST", "/api/users/logout"), 401, "Not authenticated");
      const { token: old } = await signUp(server);
      server.clock.advance({ days: 7 });
      const answer = await logout(server, old);
      expectDetail(answer, 401, "Token has expired");
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    });

    it("ends the session of an expired token that could still be exchanged", async () => {
      const { token } = await signUp(server);
      server.clock.advance({ minutes: 180 });
      expectDetail(await me(server, token), 401, "Token has expired");
      expectAnswer(await logout(server, token), 200, '{"message":"You have been logged out."}');
      expectDetail(await refresh(server, token), 403, "Refresh token is invalid or expired");
      expectDetail(await logout(server, token), 401, "Token has expired");
    });

    it("does not end a session by an expired token that was exchanged", async () => {
      const { token } = await signUp(server);
      const { access_token: successor } = (await refresh(server, token)).json;
      server.clock.advance({ minutes: 179 });
      const third = (await refresh(server, successor)).json.access_token;
      server.clock.advance({ minutes: 1 });
      for (const dead of [token, successor]) expect((await logout(server, dead)).status).toBe(401);
      expect((await me(server, third)).status).toBe(200);
    });
  });
});
