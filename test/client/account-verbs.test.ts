import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mailedSecret } from "../support/mail.js";
import { freshEmail, PASSWORD } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { listen } from "./browser.js";
import { COOKIES_ON, type CookieBrowser, openCookieBrowser } from "./cookie-browser.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: COOKIES_ON });
});
afterAll(() => server.close());

describe.each(["token", "cookie"] as const)("with the session in a %s", (session) => {
  let browser: CookieBrowser;
  beforeEach(() => {
    browser = openCookieBrowser(server);
  });
  afterEach(() => browser.close());
  const tab = () => browser.tab({ session });

  it("a changed username is in the state of all tabs at once", async () => {
    const [own, other] = [tab(), tab()];
    await signUpWith(own);
    const { heard } = listen(other);
    const username = `b${Date.now()}${session}`;
    expect((await own.updateAccount({ username })).data?.username).toBe(username);
    expect(own.getState()).toMatchObject({ status: "signed-in", user: { username } });
    await heard("USER_UPDATED");
    expect(other.getState()).toEqual(own.getState());
  });

  it("a changed address is in the state as soon as it is confirmed", async () => {
    const own = tab();
    await signUpWith(own);
    const newEmail = freshEmail();
    expect((await own.changeEmail({ newEmail })).error).toBeNull();
    const secret = await mailedSecret(server, newEmail);
    const { heard } = listen(own);
    expect((await own.completeEmailChange({ secret })).error).toBeNull();
    await heard("USER_UPDATED");
    expect(own.getState()).toMatchObject({ user: { email: newEmail } });
    expect((await own.completeEmailChange({ secret })).error?.code).toBe("LINK_INVALID");
  });

  it("a deleted account is signed out in all tabs, and leaves nothing behind", async () => {
    const [own, other] = [tab(), tab()];
    const { email } = await signUpWith(own);
    const { heard } = listen(other);
    expect((await own.deleteAccount()).error).toBeNull();
    await heard("SIGNED_OUT signed-out");
    expect(own.getState()).toEqual({ status: "signed-out", reason: "signed-out" });
    expect(browser.cookie()).toBeUndefined();
    expect((await own.signIn({ username: email, password: PASSWORD })).error?.code).toBe(
      "INVALID_CREDENTIALS",
    );
  });

  it("a password that was entered again allows what needs a recent one", async () => {
    const own = tab();
    await signUpWith(own);
    server.clock.advance({ minutes: 11 });
    expect((await own.deleteAccount()).error?.code).toBe("REAUTHENTICATION_REQUIRED");
    expect(own.getState().status).toBe("signed-in");
    expect((await own.confirmPassword({ password: "wrong" })).error?.code).toBe("WRONG_PASSWORD");
    expect((await own.confirmPassword({ password: PASSWORD })).error).toBeNull();
    expect((await own.deleteAccount()).error).toBeNull();
  });

  it("a new password by a mailed link ends the session here at once, and says so", async () => {
    const own = tab();
    const { email } = await signUpWith(own);
    await own.requestRecovery({ email });
    const secret = await mailedSecret(server, email);
    const newPassword = `${PASSWORD} two`;
    expect((await own.completeRecovery({ secret, newPassword })).error).toBeNull();
    expect(own.getState()).toEqual({ status: "signed-out", reason: "revoked" });
    expect((await own.signIn({ username: email, password: newPassword })).error).toBeNull();
  });

  it("an address is confirmed where its user signed in, and elsewhere with a new password", async () => {
    const own = tab();
    const { email } = await signUpWith(own);
    const stranger = openCookieBrowser(server);
    await own.requestVerification();
    const secret = await mailedSecret(server, email);
    const elsewhere = stranger.tab({ session });
    expect((await elsewhere.completeVerification({ secret })).error?.code).toBe("NEW_PASSWORD_REQUIRED");
    expect((await own.completeVerification({ secret })).error).toBeNull();
    expect(own.getState().status).toBe("signed-in");
    stranger.close();
  });
});
