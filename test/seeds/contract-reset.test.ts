import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login, PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { me, refresh, setDisabled, signUpByName, verify } from "./accounts.js";
import { entry, expectAnswer, expectDetail, expectEntries } from "./expect-answer.js";
import { STORES } from "./stores.js";

const NEW_PASSWORD = "another battery";

describe.each(STORES)("reset_password on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  const reset = (json: unknown, token?: string) =>
    send(server, "POST", "/api/users/reset_password", { json, ...(token !== undefined && { token }) });
  const change = (email: string, more: Record<string, unknown> = {}) => ({
    email,
    old_password: PASSWORD,
    new_password: NEW_PASSWORD,
    ...more,
  });

  it("needs no token and takes no notice of a broken one", async () => {
    for (const token of [undefined, "garbage"]) {
      const email = await registerUser(server);
      const answer = await reset(change(email), token);
      expectAnswer(answer, 200, '{"message":"Password has been reset successfully."}');
    }
  });

  it("ends every session of the user", async () => {
    const { email, token } = await signUp(server);
    const other = await login(server, email);
    expect((await reset(change(email))).status).toBe(200);
    for (const dead of [token, other]) {
      expectDetail(await me(server, dead), 401, "Token is invalid");
      expectDetail(await verify(server, dead), 401, "Invalid token");
      expectDetail(await refresh(server, dead), 403, "Refresh token is invalid or expired");
    }
    expect((await me(server, await login(server, email, NEW_PASSWORD))).status).toBe(200);
  });

  it("keeps the session whose valid token the request carries, and only that", async () => {
    const { email, token } = await signUp(server);
    const other = await login(server, email);
    expect((await reset(change(email), token)).status).toBe(200);
    expect((await me(server, token)).status).toBe(200);
    expect((await me(server, other)).status).toBe(401);
    const successor = (await refresh(server, token)).json.access_token;
    expect((await me(server, successor)).status).toBe(200);
    // And again with what is alive now.
    const again = { ...change(email), old_password: NEW_PASSWORD };
    expect((await reset(again, successor)).status).toBe(200);
    expect((await me(server, successor)).status).toBe(200);
  });

  it("keeps no session for a token that has expired", async () => {
    const { email, token } = await signUp(server);
    server.clock.advance({ minutes: 180 });
    expect((await reset(change(email), token)).status).toBe(200);
    expectDetail(await refresh(server, token), 403, "Refresh token is invalid or expired");
  });

  it("keeps no session for somebody else's token, and does not end theirs", async () => {
    const [user, somebody] = [await signUp(server), await signUp(server)];
    expect((await reset(change(user.email), somebody.token)).status).toBe(200);
    expect((await me(server, user.token)).status).toBe(401);
    expect((await me(server, somebody.token)).status).toBe(200);
  });

  it("changes nothing when it refuses", async () => {
    const { email, token } = await signUp(server);
    expectDetail(await reset(change(email, { old_password: "wrong" })), 400, "Incorrect password");
    expect((await me(server, token)).status).toBe(200);
    await login(server, email, PASSWORD);
  });

  it("takes the address in any letter case", async () => {
    const email = await registerUser(server);
    expect((await reset(change(email.toUpperCase()))).status).toBe(200);
  });

  it("takes a new password of one character", async () => {
    const email = await registerUser(server);
    expect((await reset(change(email, { new_password: "x" }))).status).toBe(200);
    await login(server, email, "x");
  });

  it("resets the password of an account of the auth surface", async () => {
    const { email, username } = await signUpByName(server);
    expect((await reset(change(email))).status).toBe(200);
    const json = { username, password: NEW_PASSWORD };
    expect((await send(server, "POST", "/api/auth/login", { json })).status).toBe(200);
  });

  it("does not know an address that nobody has, whatever the password", async () => {
    expectDetail(await reset(change(freshEmail(), { old_password: "" })), 404, "User not found");
  });

  it("refuses an empty old password as a wrong one", async () => {
    const email = await registerUser(server);
    expectDetail(await reset(change(email, { old_password: "" })), 400, "Incorrect password");
  });

  it("tells only who knows the old password that the account is disabled", async () => {
    const email = await registerUser(server);
    await setDisabled(server, email, true);
    expectDetail(await reset(change(email)), 403, "User is disabled");
    expectDetail(await reset(change(email, { old_password: "wrong" })), 400, "Incorrect password");
  });

  it("answers every fault of the body with 400", async () => {
    const path = "/api/users/reset_password";
    const FIELDS = ["email", "old_password", "new_password"];
    expectEntries(await reset({}), FIELDS.map(entry.missing), 400);
    const nulls = { new_password: null, old_password: null, email: null };
    expectEntries(await reset(nulls), FIELDS.map(entry.nothing), 400);
    const numbers = { email: 1, old_password: 2, new_password: 3 };
    expectEntries(await reset(numbers), FIELDS.map(entry.noText), 400);
    expectEntries(await reset(change("user@")), [entry.badAddress()], 400);
    const empty = change(freshEmail(), { new_password: "" });
    expectEntries(await reset(empty), [entry.tooShort("new_password", 1)], 400);
    const noObject = { loc: ["body"], msg: "value is not a valid dict", type: "type_error.dict" };
    expectEntries(await reset([]), [noObject], 400);
    const headers = { "Content-Type": "text/plain" };
    const text = await send(server, "POST", path, { body: JSON.stringify(change(freshEmail())), headers });
    expectEntries(text, [noObject], 400);
    const nothing = { loc: ["body"], msg: "field required", type: "value_error.missing" };
    expectEntries(await send(server, "POST", path), [nothing], 400);
    const malformed = await send(server, "POST", path, { body: "{" });
    expect(malformed.status).toBe(400);
    expect(malformed.json.detail).toMatchObject([{ loc: ["body", 1], type: "value_error.jsondecode" }]);
  });
});
