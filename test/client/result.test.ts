import { ClientError, createRpc, fieldErrors, safe } from "@latchkey/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { type Browser, openBrowser } from "./browser.js";

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  browser = openBrowser(server);
});
afterEach(() => browser.close());

describe("a verb", () => {
  it("returns data, or an error with the server's own code", async () => {
    const tab = browser.tab();
    const { user, username, email } = await signUpWith(tab);
    expect(user).toMatchObject({ username, email });
    const taken = await tab.signUp({ username, email, password: PASSWORD });
    expect(taken).toMatchObject({ data: null, error: { code: "USERNAME_TAKEN" } });
    const wrong = await tab.signIn({ username, password: "wrong" });
    expect(wrong.error?.code).toBe("INVALID_CREDENTIALS");
    expect(wrong.error).toBeInstanceOf(ClientError);
    // A signed-in user stays signed in.
    expect(tab.getState().status).toBe("signed-in");
    expect((await tab.signIn({ username: email, password: PASSWORD })).data).toEqual(user);
  });

  it("also signs up with names and a phone number", async () => {
    const tab = browser.tab();
    const names = { first_name: "Ada", last_name: "Lovelace", phone_number: "13800138000" };
    const email = freshEmail();
    const { data } = await tab.signUp({ email, password: PASSWORD, ...names });
    expect(data).toMatchObject({ email, username: email });
    expect(await tab.rpc.users.me.query()).toEqual({ email, ...names });
    const again = await tab.signUp({ email, password: PASSWORD, ...names });
    expect(again.error?.code).toBe("EMAIL_TAKEN");
  });

  it("changes the password and keeps only this session", async () => {
    const tab = browser.tab();
    const { username } = await signUpWith(tab);
    const elsewhere = openBrowser(server);
    const other = elsewhere.tab();
    await other.signIn({ username, password: PASSWORD });
    const wrong = await tab.changePassword({ oldPassword: "wrong", newPassword: "a new horse" });
    expect(wrong.error?.code).toBe("WRONG_PASSWORD");
    const changed = await tab.changePassword({ oldPassword: PASSWORD, newPassword: "a new horse" });
    expect(changed).toEqual({ data: undefined, error: null });
    expect((await tab.getUser()).error).toBeNull();
    expect((await other.getUser()).error?.code).toBe("TOKEN_INVALID");
    elsewhere.close();
  });

  it("says so if no user is signed in", async () => {
    const tab = browser.tab();
    expect((await tab.refresh()).error?.code).toBe("TOKEN_MISSING");
    expect((await tab.getUser()).error?.code).toBe("TOKEN_MISSING");
    expect(await tab.getSession()).toEqual({ data: null, error: null });
  });

  it("fails with NETWORK if the server was not reached, and with the cause", async () => {
    const tab = browser.tab();
    browser.network.isUp = false;
    const { error } = await tab.signIn({ username: "ada", password: PASSWORD });
    expect(error?.code).toBe("NETWORK");
    expect(error?.cause).toMatchObject({ message: "The network is down" });
  });

  it("throws bugs", async () => {
    const bug = new RangeError("A bug");
    const tab = browser.tab({
      clock: {
        ...browser.clock,
        wallMs() {
          throw bug;
        },
      },
    });
    const account = { username: `bug.${process.pid}`, email: freshEmail(), password: PASSWORD };
    await expect(tab.signUp(account)).rejects.toBe(bug);
  });
});

describe("field errors", () => {
  const wrong = { username: "", email: "x", password: "no" };
  const each = { username: expect.any(String), email: expect.any(String), password: expect.any(String) };

  it("are read from an error of a verb and from one thrown by rpc", async () => {
    const { error } = await browser.tab().signUp(wrong);
    expect(fieldErrors(error)).toEqual(each);
    const [, thrown] = await safe(createRpc({ url: server.url }).auth.register.mutate(wrong));
    expect(fieldErrors(thrown)).toEqual(fieldErrors(error));
  });

  it("are read from the answers of both REST surfaces", async () => {
    const answer = await send(server, "POST", "/api/auth/register", { json: wrong });
    expect(fieldErrors(answer.json)).toEqual(each);
    const reset = await send(server, "POST", "/api/users/reset_password", { json: {} });
    expect(fieldErrors(reset.json)).toEqual({
      email: "field required",
      old_password: "field required",
      new_password: "field required",
    });
  });

  it("are read from what Pydantic 2 writes, and from the plain wire", () => {
    const entry = { type: "missing", loc: ["body", "address", "city"], msg: "Field required", input: {} };
    expect(fieldErrors({ detail: [entry] })).toEqual({ "address.city": "Field required" });
    const fields = [{ path: ["tags", 0], message: "Too long" }];
    expect(fieldErrors({ error: { code: "INVALID_INPUT", fields } })).toEqual({ "tags.0": "Too long" });
  });

  it("are empty for anything else", async () => {
    const { error } = await browser.tab().signIn({ username: "nobody", password: "wrong" });
    for (const other of [error, undefined, null, "no", 7, { detail: "Not authenticated" }, { error: null }]) {
      expect(fieldErrors(other)).toEqual({});
    }
  });

  it("report errors of the body as a whole under an empty name", async () => {
    const answer = await send(server, "POST", "/api/auth/register", { json: [] });
    expect(fieldErrors(answer.json)).toEqual({ "": "value is not a valid dict" });
  });
});
