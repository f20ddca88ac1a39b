import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { listen } from "./browser.js";
import { COOKIES_ON, type CookieBrowser, openCookieBrowser } from "./cookie-browser.js";

let server: TestServer;
let browser: CookieBrowser;
beforeAll(async () => {
  server = await startServer({ environment: COOKIES_ON });
});
afterAll(() => server.close());
beforeEach(() => {
  browser = openCookieBrowser(server);
});
afterEach(() => browser.close());

/** Holds back the next answer of a procedure, as a slow network does, until it is released. */
function holdBack(path: string) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { fetch } = browser.network;
  let isHeld = false;
  const holding: typeof fetch = async (url, init) => {
    const isFirst = !isHeld && url.includes(path);
    if (isFirst) isHeld = true;
    const answer = await fetch(url, init);
    if (isFirst) await released;
    return answer;
  };
  Object.assign(browser.network, { fetch: holding });
  return () => release();
}

/** Everything that needs no answer has happened. */
const quiet = async () => {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
};

/** Another user, registered in another browser. */
async function otherUser() {
  const other = openCookieBrowser(server);
  const account = await signUpWith(other.tab());
  other.close();
  return { ...account, enter: { username: account.email, password: PASSWORD } };
}

/** A page on another origin of the site: it shares the cookie, and neither storage nor locks. */
function elsewhere() {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  return browser.tab({ storage, name: `another origin ${Math.random()}`, tabs: false });
}

/** Whose cookie the browser has. */
const owner = () => JSON.parse(atob((browser.cookie() ?? "..").split(".")[1] ?? "")).sub;
const requests = () => browser.network.requests;

describe("in one tab", () => {
  it("a refresh that is due during a sign-in waits for it", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await signUpWith(tab);
    const release = holdBack("auth.login");
    const entering = tab.signIn(next.enter);
    await browser.network.answered("auth.login");
    const refreshing = tab.refresh();
    await quiet();
    expect(requests()).not.toContain("users.refreshToken");
    release();
    expect((await entering).data).toEqual(next.user);
    expect((await refreshing).data?.user).toEqual(next.user);
    expect(owner()).toBe(next.user.id);
    expect((await tab.getUser()).data).toEqual(next.user);
  });

  it("a sign-in waits for a refresh whose answer is late", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await signUpWith(tab);
    const release = holdBack("users.refreshToken");
    const refreshing = tab.refresh();
    await browser.network.answered("users.refreshToken");
    const entering = tab.signIn(next.enter);
    await quiet();
    expect(requests()).not.toContain("auth.login");
    release();
    await refreshing;
    expect((await entering).data).toEqual(next.user);
    expect(owner()).toBe(next.user.id);
    expect(tab.getState()).toEqual({ status: "signed-in", user: next.user });
  });

  it("a sign-in waits for a sign-out whose answer is late, and keeps its cookie", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await signUpWith(tab);
    const release = holdBack("users.logout");
    const leaving = tab.signOut();
    await browser.network.answered("users.logout");
    const entering = tab.signIn(next.enter);
    await quiet();
    expect(requests()).not.toContain("auth.login");
    release();
    expect((await leaving).data).toEqual({ isTold: true });
    expect((await entering).data).toEqual(next.user);
    expect(owner()).toBe(next.user.id);
  });

  it("a sign-out that is requested during a sign-in ends the new session, and the cookie with it", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await tab.ready();
    const release = holdBack("auth.login");
    const entering = tab.signIn(next.enter);
    await browser.network.answered("auth.login");
    release();
    await entering;
    await tab.signOut();
    expect(browser.cookie()).toBeUndefined();
  });

  it("a turn that never ends does not stop a sign-in", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await signUpWith(tab);
    holdBack("users.logout");
    void tab.signOut();
    await browser.network.answered("users.logout");
    const entering = tab.signIn(next.enter);
    await quiet();
    browser.clock.pass({ seconds: 10 });
    await quiet();
    browser.clock.pass({ seconds: 10 });
    expect((await entering).data).toEqual(next.user);
  });
});

describe("on two origins of a site, which cannot wait for each other", () => {
  it("a late refresh that brings back the last user's cookie never shows the new user that user's data", async () => {
    const next = await otherUser();
    const other = elsewhere();
    const last = await signUpWith(other);
    const tab = browser.tab();
    await tab.ready();
    const release = holdBack("users.refreshToken");
    const refreshing = other.refresh();
    await browser.network.answered("users.refreshToken");
    expect((await tab.signIn(next.enter)).data).toEqual(next.user);
    release();
    await refreshing;
    expect(owner()).toBe(last.user.id);
    const { heard } = listen(tab);
    await expect(tab.rpc.users.me.query()).rejects.toMatchObject({ data: { appCode: "TOKEN_MISSING" } });
    await heard("SIGNED_IN");
    expect(tab.getState()).toEqual({ status: "signed-in", user: last.user });
    expect((await tab.rpc.users.me.query()).email).toBe(last.email);
  });

  it("a refresh by a page that shows the last user leaves the new user's cookie as it is", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await signUpWith(tab);
    const other = elsewhere();
    await other.signIn(next.enter);
    const cookie = browser.cookie();
    expect((await tab.refresh()).data?.user).toEqual(next.user);
    expect(browser.cookie()).toBe(cookie);
    expect(tab.getState()).toEqual({ status: "signed-in", user: next.user });
  });

  it("what the last user asked for is not done in the name of the new one", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await signUpWith(tab);
    await elsewhere().signIn(next.enter);
    await expect(tab.rpc.sessions.endOthers.mutate()).rejects.toMatchObject({
      data: { appCode: "TOKEN_MISSING" },
    });
    expect(requests().filter((path) => path === "sessions.endOthers")).toHaveLength(1);
  });

  it("the last user's sign-out does not end the new user's session", async () => {
    const next = await otherUser();
    const tab = browser.tab();
    await signUpWith(tab);
    const other = elsewhere();
    await other.signIn(next.enter);
    await tab.signOut();
    expect(tab.getState()).toEqual({ status: "signed-out", reason: "signed-out" });
    expect(owner()).toBe(next.user.id);
    expect((await other.getUser()).data).toEqual(next.user);
  });
});

describe("a client that keeps a token", () => {
  it("never repeats in the name of another user what was refused to the last one", async () => {
    const next = await otherUser();
    const [tab, second] = [browser.tab({ session: "token" }), browser.tab({ session: "token" })];
    await signUpWith(tab);
    await tab.rpc.sessions.endAll.mutate();
    browser.network.requests.length = 0;
    const release = holdBack("users.me");
    const asking = tab.rpc.users.me.query();
    await browser.network.answered("users.me");
    await second.signIn(next.enter);
    await tab.sync();
    release();
    await expect(asking).rejects.toMatchObject({ data: { appCode: "TOKEN_INVALID" } });
    expect(requests().filter((path) => path === "users.me")).toHaveLength(1);
    expect(tab.getState()).toEqual({ status: "signed-in", user: next.user });
  });
});
