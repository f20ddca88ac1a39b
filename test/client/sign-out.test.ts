import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { call } from "../support/trpc.js";
import { signUpWith } from "./account.js";
import { type Browser, listen, openBrowser } from "./browser.js";

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

/** Signs up; resolves to the tab and its token. */
async function signedIn() {
  const tab = browser.tab();
  await signUpWith(tab);
  const { data } = await tab.getSession();
  return { tab, token: data?.token ?? "" };
}

const isLive = async (token: string) =>
  (await call(server, "query", "auth.verify", { token })).status === 200;

describe("signing out", () => {
  it("ends the session here, in storage and at the server", async () => {
    const { tab, token } = await signedIn();
    expect(await tab.signOut()).toEqual({ data: { isTold: true }, error: null });
    expect(tab.getState()).toEqual({ status: "signed-out", reason: "signed-out" });
    expect(await isLive(token)).toBe(false);
    expect(JSON.stringify([...browser.items])).not.toContain(token);
    expect(browser.tab().getState()).toEqual({ status: "signed-out" });
  });

  it("signs out every tab", async () => {
    const { tab } = await signedIn();
    const others = [browser.tab(), browser.tab(), browser.tab()];
    const heard = others.map(listen);
    expect(others.map((other) => other.getState().status)).toEqual(others.map(() => "signed-in"));
    await tab.signOut();
    await Promise.all(heard.map((each) => each.heard("SIGNED_OUT signed-out")));
    expect(browser.network.requests.filter((path) => path === "users.logout")).toHaveLength(1);
  });

  it("signs out tabs that only the storage's own events reach", async () => {
    const page = new EventTarget();
    Object.assign(globalThis, {
      addEventListener: page.addEventListener.bind(page),
      removeEventListener: page.removeEventListener.bind(page),
    });
    const { tab } = await signedIn();
    const other = browser.tab({ tabs: false });
    const { heard } = listen(other);
    await tab.signOut();
    expect(other.getState().status).toBe("signed-in");
    page.dispatchEvent(Object.assign(new Event("storage"), { key: null }));
    await heard("SIGNED_OUT signed-out");
    Reflect.deleteProperty(globalThis, "addEventListener");
    Reflect.deleteProperty(globalThis, "removeEventListener");
  });

  it.each([{}, { tabs: false }])(
    "says the same in every tab when the server has ended the session: %j",
    async (o) => {
      const { tab, token } = await signedIn();
      const other = browser.tab(o);
      expect((await call(server, "mutation", "sessions.endAll", { token })).status).toBe(200);
      expect((await tab.refresh()).error).not.toBeNull();
      expect((await other.refresh()).error).not.toBeNull();
      const ended = { status: "signed-out", reason: "revoked" };
      expect([tab.getState(), other.getState()]).toEqual([ended, ended]);
      expect(JSON.stringify([...browser.items])).not.toContain(token);
      expect(browser.tab().getState()).toEqual({ status: "signed-out" });
    },
  );

  it("works immediately offline, and tells the server later", async () => {
    const { tab, token } = await signedIn();
    browser.network.isUp = false;
    expect(await tab.signOut()).toEqual({ data: { isTold: false }, error: null });
    expect(tab.getState().status).toBe("signed-out");
    expect(await isLive(token)).toBe(true);
    browser.network.isUp = true;
    browser.clock.pass({ minutes: 1 });
    await browser.network.answered("users.logout");
    expect(await isLive(token)).toBe(false);
  });

  it("does not try forever to tell the server", async () => {
    const { tab } = await signedIn();
    browser.network.isUp = false;
    await tab.signOut();
    for (let times = 0; times < 20; times++) {
      browser.clock.pass({ minutes: 2 });
      await new Promise(setImmediate);
    }
    expect(browser.clock.nextMs()).toBeUndefined();
  });

  it("ends a session whose token has already expired", async () => {
    const { tab, token } = await signedIn();
    server.clock.advance({ minutes: 1500 });
    expect((await tab.signOut()).data).toEqual({ isTold: true });
    const again = await call(server, "mutation", "users.refreshToken", { token });
    expect(again.json.error.data.appCode).toBe("REFRESH_REJECTED");
    expect(browser.network.requests.slice(-1)).toEqual(["users.logout"]);
  });

  it("is final even if a refresh was in progress, here or in a tab that did not know of it", async () => {
    const { tab } = await signedIn();
    const deaf = browser.tab({ tabs: false });
    const refreshed = Promise.all([tab.refresh(), deaf.refresh()]);
    await tab.signOut();
    await refreshed;
    expect(tab.getState().status).toBe("signed-out");
    expect(deaf.getState().status).toBe("signed-out");
    expect(browser.tab().getState().status).toBe("signed-out");
    // Whichever successor there was, the server was told.
    await new Promise(setImmediate);
    expect((await tab.getSession()).data).toBeNull();
  });

  it("does nothing if no user is signed in", async () => {
    const tab = browser.tab();
    const { events } = listen(tab);
    expect(await tab.signOut()).toEqual({ data: { isTold: true }, error: null });
    expect(events).toEqual(["INITIAL_SESSION"]);
    expect(browser.network.requests).toEqual([]);
  });
});

describe("signing in over another session", () => {
  it("ends that session, and shows the new user in every tab", async () => {
    const { tab, token } = await signedIn();
    const other = browser.tab();
    const { heard } = listen(other);
    const { user } = await signUpWith(tab);
    await heard("SIGNED_IN");
    expect(other.getState()).toEqual({ status: "signed-in", user });
    await browser.network.answered("users.logout");
    expect(await isLive(token)).toBe(false);
  });
});

describe("signing out elsewhere", () => {
  it("ends all other sessions, or all sessions, on other devices too", async () => {
    const { tab } = await signedIn();
    const state = tab.getState();
    const username = state.status === "signed-in" ? state.user.username : "";
    const phone = openBrowser(server);
    const other = phone.tab();
    await other.signIn({ username, password: PASSWORD });
    expect((await tab.signOut({ scope: "others" })).data).toEqual({ ended: 1 });
    expect((await other.getUser()).error?.code).toBe("TOKEN_INVALID");
    expect((await tab.getUser()).error).toBeNull();
    await other.signIn({ username, password: PASSWORD });
    expect((await other.signOut({ scope: "global" })).data).toEqual({ ended: 2 });
    expect(other.getState()).toEqual({ status: "signed-out", reason: "signed-out" });
    expect((await tab.getUser()).error?.code).toBe("TOKEN_INVALID");
    phone.close();
  });

  it("changes nothing offline", async () => {
    const { tab } = await signedIn();
    browser.network.isUp = false;
    expect((await tab.signOut({ scope: "global" })).error?.code).toBe("NETWORK");
    expect(tab.getState().status).toBe("signed-in");
  });
});
