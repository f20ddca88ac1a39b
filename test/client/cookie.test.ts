import type { ClientStorage } from "@latchkey/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { PASSWORD, send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { listen } from "./browser.js";
import { APP, COOKIES_ON, type CookieBrowser, openCookieBrowser } from "./cookie-browser.js";

/** The access lifetime from the auth surface, and from a refresh. */
const FIRST_MINUTES = 24 * 60;
const LATER_MINUTES = 180;

let server: TestServer;
let browser: CookieBrowser;
beforeAll(async () => {
  server = await startServer({ environment: COOKIES_ON });
});
afterAll(() => server.close());
beforeEach(() => {
  browser = openCookieBrowser(server);
});
afterEach(() => {
  browser.close();
  vi.unstubAllGlobals();
});

async function pass(minutes: number) {
  await new Promise(setImmediate);
  server.clock.advance({ minutes });
  browser.clock.pass({ minutes });
}

/** A page's own storage: the page has another origin on the same site and shares only the cookie. */
function otherStorage(): ClientStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

const elsewhere = () => browser.tab({ storage: otherStorage(), name: "another origin", tabs: false });
const TOKEN = /eyJ[A-Za-z0-9_-]+\./;

describe("a session in a cookie", () => {
  it("leaves no token where a script could read it", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    await tab.refresh();
    await tab.getUser();
    expect(browser.cookie()).toMatch(TOKEN);
    expect([...browser.items.values(), ...browser.seen].join("\n")).not.toMatch(TOKEN);
    expect((await tab.getSession()).data?.token).toBeUndefined();
  });

  it("is known immediately to a page opened later, and to one on another origin once it has asked", async () => {
    const { user } = await signUpWith(browser.tab());
    expect(browser.tab().getState()).toEqual({ status: "signed-in", user });
    const other = elsewhere();
    expect(other.getState()).toEqual({ status: "pending" });
    await other.ready();
    expect(other.getState()).toEqual({ status: "signed-in", user });
  });

  it("is looked for once if there is none", async () => {
    const tab = browser.tab();
    await tab.ready();
    expect(tab.getState()).toEqual({ status: "signed-out" });
    expect(browser.network.requests).toEqual(["auth.verify"]);
  });

  it("is found even after its token has expired, by all pages that look for it at once", async () => {
    const { user } = await signUpWith(browser.tab());
    await pass(FIRST_MINUTES + 1);
    const others = Array.from({ length: 5 }, elsewhere);
    await Promise.all(others.map((other) => other.ready()));
    for (const other of others) expect(other.getState()).toEqual({ status: "signed-in", user });
  });

  it("is looked for again when the network is back", async () => {
    const page = new EventTarget();
    for (const name of ["addEventListener", "removeEventListener"] as const)
      vi.stubGlobal(name, page[name].bind(page));
    const { user } = await signUpWith(browser.tab());
    browser.network.isUp = false;
    const other = elsewhere();
    await other.ready();
    expect(other.getState()).toEqual({ status: "signed-out" });
    browser.network.isUp = true;
    const { heard } = listen(other);
    page.dispatchEvent(new Event("online"));
    await heard("SIGNED_IN");
    expect(other.getState()).toEqual({ status: "signed-in", user });
  });

  it("is refreshed when its token expires, and later before that", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const first = browser.cookie();
    await pass(FIRST_MINUTES + 1);
    expect((await tab.getUser()).error).toBeNull();
    const second = browser.cookie();
    expect(second).not.toBe(first);
    const { heard } = listen(tab);
    await pass(LATER_MINUTES - 4);
    await heard("TOKEN_REFRESHED");
    expect(browser.cookie()).not.toBe(second);
  });

  it("is kept if pages on several origins refresh it at once", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const others = Array.from({ length: 4 }, elsewhere);
    await Promise.all(others.map((other) => other.ready()));
    for (let round = 0; round < 5; round++) {
      await pass(FIRST_MINUTES + 1);
      const users = await Promise.all([tab, ...others].map((each) => each.getUser()));
      expect(users.map(({ error }) => error?.code)).toEqual(users.map(() => undefined));
    }
  });

  it("survives a lost answer to its refresh", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    browser.network.lostAnswers = 1;
    expect((await tab.refresh()).error?.code).toBe("NETWORK");
    expect((await tab.refresh()).error).toBeNull();
    expect((await tab.getUser()).error).toBeNull();
  });

  it("ends if the server says so", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { heard } = listen(browser.tab());
    const everywhere = { token: browser.cookie() ?? "" };
    expect((await send(server, "POST", "/api/v1/sessions/end-all", everywhere)).status).toBe(200);
    expect((await tab.getUser()).error?.code).toBe("TOKEN_INVALID");
    expect(tab.getState()).toEqual({ status: "signed-out", reason: "revoked" });
    await heard("SIGNED_OUT revoked");
  });

  it("survives a new password that is set with it", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const passwords = { oldPassword: PASSWORD, newPassword: `${PASSWORD} two` };
    expect((await tab.changePassword(passwords)).error).toBeNull();
    expect((await tab.getUser()).error).toBeNull();
  });
});

describe("signing out", () => {
  it("deletes the cookie, and signs out the other tabs", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { heard } = listen(browser.tab());
    expect((await tab.signOut()).data).toEqual({ isTold: true });
    await heard("SIGNED_OUT signed-out");
    expect(browser.cookie()).toBeUndefined();
  });

  it("holds even if the page was closed before the server could be told", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    browser.network.isUp = false;
    expect((await tab.signOut()).data).toEqual({ isTold: false });
    tab.dispose();
    browser.network.isUp = true;
    const told = browser.network.answered("users.logout");
    const before = browser.network.requests.length;
    const later = browser.tab();
    await later.ready();
    expect(later.getState()).toEqual({ status: "signed-out" });
    await told;
    // The answer has arrived, and the browser stores its cookie.
    await new Promise(setImmediate);
    expect(browser.network.requests.slice(before)).toEqual(["users.logout"]);
    expect(browser.cookie()).toBeUndefined();
  });

  it("makes the page act as signed out while the browser still has the cookie", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    browser.network.isUp = false;
    await tab.signOut();
    browser.network.isUp = true;
    expect(browser.cookie()).toBeDefined();
    expect((await tab.getUser()).error?.code).toBe("TOKEN_MISSING");
  });

  it("does not end the session of a user who signs in before the server was told", async () => {
    const tab = browser.tab();
    const { email } = await signUpWith(tab);
    browser.network.isUp = false;
    await tab.signOut();
    browser.network.isUp = true;
    expect((await tab.signIn({ username: email, password: PASSWORD })).error).toBeNull();
    browser.clock.pass({ minutes: 10 });
    await new Promise(setImmediate);
    expect((await tab.getUser()).error).toBeNull();
    expect(browser.network.requests).not.toContain("users.logout");
  });
});

describe("if the server sets no cookies", () => {
  it("says so at sign-in, and keeps nothing", async () => {
    const strict = await startServer({ environment: { COOKIE_SESSIONS: "on" } });
    const strange = openCookieBrowser(strict);
    const tab = strange.tab();
    const account = { username: "ada", email: "ada@example.com", password: PASSWORD };
    expect((await tab.signUp(account)).error?.code).toBe("COOKIE_REFUSED");
    expect(tab.getState()).toEqual({ status: "signed-out" });
    strange.close();
    await strict.close();
  });

  it("names the setting if cookies are off, and the account can sign in as soon as they are on", async () => {
    const off = await startServer({ environment: { CORS_ORIGINS: APP } });
    const strange = openCookieBrowser(off);
    const tab = strange.tab();
    const account = { username: "ada", email: "ada@example.com", password: PASSWORD };
    const names = { first_name: "Alan", last_name: "", phone_number: "" };
    for (const entering of [
      () => tab.signUp(account),
      () => tab.signUp({ email: "alan@example.com", password: PASSWORD, ...names }),
      () => tab.signIn({ username: "ada", password: PASSWORD }),
    ]) {
      const { error } = await entering();
      expect(error?.code).toBe("COOKIE_SESSIONS_OFF");
      expect(error?.message).toContain("The account exists");
      expect(error?.message).toContain("COOKIE_SESSIONS=off");
      expect(tab.getState()).toEqual({ status: "signed-out" });
    }
    expect([...strange.items.values()].join("\n")).not.toMatch(TOKEN);
    strange.close();
    await off.close();
  });
});
