import type { Client, FactorSteps } from "@latchkey/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeNow } from "../support/factors.js";
import { mailedSecret, newestText } from "../support/mail.js";
import { PASSWORD } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { listen } from "./browser.js";
import { COOKIES_ON, type CookieBrowser, openCookieBrowser } from "./cookie-browser.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { ...COOKIES_ON, EMAIL_CODES: "both" } });
});
afterAll(() => server.close());

/** What the app shows; each code counts once, so that the clock moves on first. */
function codeOf(secret: string): string {
  server.clock.advance({ seconds: 30 });
  return codeNow(server, secret);
}

/** The user of a new account adds an authenticator app to it. */
async function addApp(tab: Client) {
  const begun = await tab.factors.totp.begin({ name: "My phone" });
  if (begun.error !== null) throw begun.error;
  const { id, secret } = begun.data;
  const confirmed = await tab.factors.totp.confirm({ id, code: codeOf(secret) });
  if (confirmed.error !== null) throw confirmed.error;
  return { id: confirmed.data.factor.id, secret, recoveryCodes: confirmed.data.recoveryCodes ?? [] };
}

/** Signs in with the password, as far as that goes. */
async function stepOf(tab: Client, username: string): Promise<FactorSteps> {
  const { data, error } = await tab.signIn({ username, password: PASSWORD });
  expect(data).toBeNull();
  if (error?.code !== "FACTOR_REQUIRED") throw new Error(`It is ${error?.code}`);
  return error.next;
}

describe.each(["token", "cookie"] as const)("with the session in a %s", (session) => {
  let browser: CookieBrowser;
  beforeEach(() => {
    browser = openCookieBrowser(server);
  });
  afterEach(() => browser.close());
  const tab = () => browser.tab({ session });

  it("a second factor completes a sign-in, in all tabs", async () => {
    const [own, other] = [tab(), tab()];
    const { user, username } = await signUpWith(own);
    const { secret } = await addApp(own);
    await own.signOut();
    const { heard } = listen(other);
    const next = await stepOf(own, username);
    expect(next).toMatchObject({ factors: ["totp", "recoveryCode"], expiresInSeconds: 600 });
    expect(own.getState()).toMatchObject({ status: "signed-out" });
    expect(browser.cookie()).toBeUndefined();
    const { data, error } = await next.totp(codeOf(secret));
    expect([data?.id, error]).toEqual([user.id, null]);
    await heard("SIGNED_IN");
    expect(other.getState()).toEqual({ status: "signed-in", user: data });
    // It is what the server says elsewhere too: looking again changes nothing.
    const { events } = listen(own);
    expect((await own.getUser()).data).toEqual(data);
    expect(events).not.toContain("USER_UPDATED");
  });

  it("a wrong factor leaves the step as it is, and a spent step is over", async () => {
    const own = tab();
    const { username } = await signUpWith(own);
    const { recoveryCodes } = await addApp(own);
    await own.signOut();
    const next = await stepOf(own, username);
    expect((await next.totp("000000")).error?.code).toBe("FACTOR_WRONG");
    const [code = ""] = recoveryCodes;
    expect((await next.recoveryCode(code.toUpperCase().replaceAll("-", " "))).error).toBeNull();
    expect((await next.recoveryCode(recoveryCodes[1] ?? "")).error?.code).toBe("SIGN_IN_OVER");
    expect(own.getState().status).toBe("signed-in");
    await own.signOut();
    expect((await (await stepOf(own, username)).recoveryCode(code)).error?.code).toBe("FACTOR_WRONG");
  });

  it("a passkey cannot be asked for by what has no browser", async () => {
    const own = tab();
    const { username } = await signUpWith(own);
    await addApp(own);
    const next = await stepOf(own, username);
    expect((await next.passkey()).error?.code).toBe("PASSKEYS_UNAVAILABLE");
  });

  it("factors are listed, renamed and removed, and a stale sign-in asks for one first", async () => {
    const own = tab();
    const { username } = await signUpWith(own);
    const { id, secret } = await addApp(own);
    expect((await own.factors.rename({ id, name: "Old phone" })).error).toBeNull();
    const { data } = await own.factors.list();
    expect(data).toMatchObject({ factors: [{ id, kind: "totp", name: "Old phone" }], recoveryCodesLeft: 10 });
    const renewed = await own.factors.recoveryCodes.renew();
    expect(renewed.data?.recoveryCodes).toHaveLength(10);
    server.clock.advance({ minutes: 11 });
    expect((await own.factors.remove({ id })).error?.code).toBe("REAUTHENTICATION_REQUIRED");
    await own.signOut();
    expect((await (await stepOf(own, username)).totp(codeOf(secret))).error).toBeNull();
    expect((await own.factors.remove({ id })).error).toBeNull();
    expect((await own.factors.remove({ id })).error?.code).toBe("FACTOR_UNKNOWN");
    await own.signOut();
    expect((await own.signIn({ username, password: PASSWORD })).error).toBeNull();
  });

  it("a trusted device needs no second factor, until the factors change", async () => {
    const own = tab();
    const { user, username } = await signUpWith(own);
    const { id, secret } = await addApp(own);
    await own.signOut();
    expect(
      (await (await stepOf(own, username)).totp(codeOf(secret), { trustDevice: true })).error,
    ).toBeNull();
    await own.signOut();
    expect((await own.signIn({ username, password: PASSWORD })).data?.id).toBe(user.id);
    // Another browser is none the wiser.
    const elsewhere = openCookieBrowser(server);
    await stepOf(elsewhere.tab({ session }), username);
    elsewhere.close();
    expect((await own.rpc.trustedDevices.list.query()).devices).toHaveLength(1);
    expect((await own.factors.recoveryCodes.renew()).error?.code).toBe("REAUTHENTICATION_REQUIRED");
    const code = codeOf(secret);
    expect((await own.confirm({ factor: { kind: "totp", code } })).error).toBeNull();
    expect((await own.factors.remove({ id })).error).toBeNull();
    const { secret: other } = await addApp(own);
    await own.signOut();
    expect((await (await stepOf(own, username)).totp(codeOf(other))).error).toBeNull();
  });

  it("damaged storage of a trusted device does not keep users out", async () => {
    const own = tab();
    const { username } = await signUpWith(own);
    await own.signOut();
    const key = [...browser.items.keys()]
      .find((name) => name.endsWith(":device"))
      ?.replace("device", "trusted");
    browser.items.set(key ?? "", "\u0000 \n");
    expect((await own.signIn({ username, password: PASSWORD })).error).toBeNull();
  });

  it("a stale session says what can be given, and takes a factor", async () => {
    const own = tab();
    await signUpWith(own);
    const { secret } = await addApp(own);
    server.clock.advance({ minutes: 11 });
    const { error } = await own.factors.recoveryCodes.renew();
    if (error?.code !== "REAUTHENTICATION_REQUIRED") throw new Error(`It is ${error?.code}`);
    expect(error.next.factors).toContain("totp");
    expect(error.next.factors).not.toContain("password");
    const wrong = await own.confirm({ factor: { kind: "totp", code: "000000" } });
    expect(wrong.error?.code).toBe("FACTOR_WRONG");
    expect((await own.confirm({ factor: { kind: "totp", code: codeOf(secret) } })).error).toBeNull();
    expect((await own.factors.recoveryCodes.renew()).error).toBeNull();
  });

  it("a mailed code or link signs in where it was asked for, also from another tab", async () => {
    const own = tab();
    const { user, email } = await signUpWith(own);
    await own.requestVerification();
    expect((await own.completeVerification({ secret: await mailedSecret(server, email) })).error).toBeNull();
    await own.signOut();
    expect((await own.signInWithCode({ code: "123456" })).error?.code).toBe("SIGN_IN_OVER");
    server.clock.advance({ minutes: 1 });
    expect((await own.requestSignInCode({ email })).data).toMatchObject({ expiresInSeconds: 600 });
    expect((await own.signInWithCode({ code: "000000" })).error?.code).toBe("CODE_WRONG");
    const text = await newestText(server, email);
    const code = /\d{3} ?\d{3}/.exec(text)?.[0] ?? "";
    const elsewhere = openCookieBrowser(server);
    expect((await elsewhere.tab({ session }).signInWithCode({ code })).error?.code).toBe("SIGN_IN_OVER");
    elsewhere.close();
    expect((await own.signInWithCode({ code })).data).toMatchObject({ id: user.id });
    await own.signOut();
    server.clock.advance({ minutes: 1 });
    await own.requestSignInCode({ email });
    const secret = await mailedSecret(server, email);
    expect((await tab().signInWithCode({ code: secret })).data).toMatchObject({ id: user.id });
  });

  it("a mailed code is also a second factor", async () => {
    const own = tab();
    const { username, email } = await signUpWith(own);
    await own.requestVerification();
    expect((await own.completeVerification({ secret: await mailedSecret(server, email) })).error).toBeNull();
    await addApp(own);
    await own.signOut();
    const next = await stepOf(own, username);
    expect(next.factors).toContain("emailCode");
    expect((await next.emailCode()).data).toMatchObject({ expiresInSeconds: expect.any(Number) });
    const code = /\d{3} ?\d{3}/.exec(await newestText(server, email))?.[0] ?? "";
    expect((await next.emailCode(code)).error).toBeNull();
    expect(own.getState().status).toBe("signed-in");
  });
});
