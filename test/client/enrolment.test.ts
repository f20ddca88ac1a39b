import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeNow } from "../support/factors.js";
import { freshEmail, PASSWORD } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { COOKIES_ON, type CookieBrowser, openCookieBrowser } from "./cookie-browser.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { ...COOKIES_ON, SECOND_FACTOR: "everyone" } });
});
afterAll(() => server.close());

describe.each(["token", "cookie"] as const)("with the session in a %s", (session) => {
  let browser: CookieBrowser;
  beforeEach(() => {
    browser = openCookieBrowser(server);
  });
  afterEach(() => browser.close());

  it("a user who must have a second factor adds one before there is a session", async () => {
    const own = browser.tab({ session });
    const email = freshEmail();
    const account = { username: email.replace("@example.com", ""), email, password: PASSWORD };
    const { data, error } = await own.signUp(account);
    expect(data).toBeNull();
    if (error?.code !== "ENROLMENT_REQUIRED") throw new Error(`It is ${error?.code}`);
    const { next } = error;
    expect(next.expiresInSeconds).toBeGreaterThan(0);
    // Too early, which ends nothing.
    expect((await next.finish()).error?.code).toBe("SIGN_IN_OVER");
    const begun = await next.factors.totp.begin({ name: "My phone" });
    const { id = "", secret = "" } = begun.data ?? {};
    const code = codeNow(server, secret);
    const confirmed = await next.factors.totp.confirm({ id, code });
    expect(confirmed.data?.recoveryCodes).toHaveLength(10);
    expect(own.getState().status).toBe("signed-out");
    expect(browser.cookie()).toBeUndefined();
    const finished = await next.finish();
    expect(finished.data).toMatchObject({ email });
    expect(own.getState()).toMatchObject({ status: "signed-in", user: { email } });
    expect((await own.getUser()).error).toBeNull();
    expect((await next.finish()).error?.code).toBe("SIGN_IN_OVER");
  });
});
