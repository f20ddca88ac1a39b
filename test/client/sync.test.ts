import { createServerClient } from "@latchkey/client/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { listen } from "./browser.js";
import { COOKIES_ON, type CookieBrowser, openCookieBrowser } from "./cookie-browser.js";

const SECRET = "Yb4zK8nQ2vT6wR1xD9mC5hL3jF7gS0pA";
const NAME = "__Host-latchkey";
/** The access lifetime from the auth surface. */
const FIRST_MINUTES = 24 * 60;

let server: TestServer;
let browser: CookieBrowser;
/** The substitute for a page: only these parts of one exist here. */
let page: EventTarget & { visibilityState: string };
beforeAll(async () => {
  server = await startServer({ environment: COOKIES_ON });
});
afterAll(() => server.close());
beforeEach(() => {
  browser = openCookieBrowser(server);
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
});
afterEach(() => {
  browser.close();
  vi.unstubAllGlobals();
});

/** A server action of the site: it answers with cookies that the browser stores. */
function action() {
  const { rpc } = createServerClient({
    url: server.url,
    secret: SECRET,
    cookies: {
      getAll: () => [{ name: NAME, value: browser.cookie() ?? "" }].filter(({ value }) => value !== ""),
      setAll: (cookies) => cookies.forEach(({ value }) => void browser.setCookie(value || undefined)),
    },
  });
  return rpc;
}

/** A user signs up by a server action. */
async function enter() {
  const email = freshEmail();
  const { user } = await action().auth.register.mutate({ username: email, email, password: PASSWORD });
  return user;
}

const show = () => page.dispatchEvent(new Event("visibilitychange"));

describe("a client whose cookie a server action has changed", () => {
  it("finds the new session when it is told to look again", async () => {
    const tab = browser.tab();
    await tab.ready();
    expect(tab.getState()).toEqual({ status: "signed-out" });
    const user = await enter();
    const { heard } = listen(tab);
    expect(await tab.sync()).toEqual({ data: user, error: null });
    expect(tab.getState()).toEqual({ status: "signed-in", user });
    await heard("SIGNED_IN");
    expect((await tab.rpc.users.me.query()).email).toBe(user.email);
  });

  it("finds the new session when a call is refused because it has none, and repeats the call", async () => {
    const tab = browser.tab();
    await tab.ready();
    const user = await enter();
    expect((await tab.rpc.users.me.query()).email).toBe(user.email);
    expect(tab.getState()).toEqual({ status: "signed-in", user });
  });

  it("finds the new session when its page becomes visible", async () => {
    const tab = browser.tab();
    await tab.ready();
    const user = await enter();
    const { heard } = listen(tab);
    show();
    await heard("SIGNED_IN");
    expect(tab.getState()).toEqual({ status: "signed-in", user });
  });

  it.each(["told", "shown", "called"])("finds that its user has signed out: %s", async (how) => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { heard } = listen(tab);
    await action().users.logout.mutate();
    if (how === "told") expect(await tab.sync()).toEqual({ data: null, error: null });
    else if (how === "shown") show();
    else expect((await tab.getUser()).error?.code).toBe("TOKEN_MISSING");
    await heard("SIGNED_OUT signed-out");
    expect(tab.getState()).toEqual({ status: "signed-out", reason: "signed-out" });
  });

  it("finds another user's session: a new one, not new data about the user", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { events, heard } = listen(tab);
    const user = await enter();
    expect((await tab.sync()).data).toEqual(user);
    await heard("SIGNED_IN");
    expect(events).toEqual(["INITIAL_SESSION", "SIGNED_IN"]);
  });

  it("does not call a sign-out complete that the server does not know of", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    browser.network.isUp = false;
    expect(await tab.signOut()).toEqual({ data: { isTold: false }, error: null });
    expect((await tab.sync()).error?.code).toBe("NETWORK");
    expect(tab.getState().status).toBe("signed-out");
    browser.network.isUp = true;
    expect(await tab.sync()).toEqual({ data: null, error: null });
    expect(browser.cookie()).toBeUndefined();
  });

  it("waits for a sign-out that is on its way", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const left = tab.signOut();
    expect(await tab.sync()).toEqual({ data: null, error: null });
    expect(browser.cookie()).toBeUndefined();
    expect(await left).toEqual({ data: { isTold: true }, error: null });
  });

  it("tells its other tabs what it found", async () => {
    const [tab, other] = [browser.tab(), browser.tab()];
    await other.ready();
    const user = await enter();
    const { heard } = listen(other);
    await tab.sync();
    await heard("SIGNED_IN");
    expect(other.getState()).toEqual({ status: "signed-in", user });
  });

  it("still says that a session was ended elsewhere", async () => {
    const tab = browser.tab();
    const { email } = await signUpWith(tab);
    const login = await send(server, "POST", "/api/auth/login", {
      json: { username: email, password: PASSWORD },
    });
    const { token } = login.json.data;
    expect((await send(server, "POST", "/api/v1/sessions/end-others", { token })).status).toBe(200);
    expect(await tab.sync()).toEqual({ data: null, error: null });
    expect(tab.getState()).toEqual({ status: "signed-out", reason: "revoked" });
  });

  it("does not sign a user in again who has signed out here, even if the server does not know yet", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    browser.network.isUp = false;
    await tab.signOut();
    browser.network.isUp = true;
    expect(await tab.sync()).toEqual({ data: null, error: null });
    expect(tab.getState()).toEqual({ status: "signed-out", reason: "signed-out" });
  });

  it("keeps its session if the server cannot be reached", async () => {
    const tab = browser.tab();
    const { user } = await signUpWith(tab);
    browser.network.isUp = false;
    expect((await tab.sync()).error?.code).toBe("NETWORK");
    expect(tab.getState()).toEqual({ status: "signed-in", user });
  });

  it("asks once if it is told several times", async () => {
    const tab = browser.tab();
    await tab.ready();
    await enter();
    browser.network.requests.length = 0;
    await Promise.all([tab.sync(), tab.sync(), tab.sync()]);
    expect(browser.network.requests).toEqual(["auth.verify"]);
  });

  it("lets calls wait while it looks for a session that it does not know of", async () => {
    const user = await enter();
    const tab = browser.tab();
    expect(tab.getState()).toEqual({ status: "pending" });
    expect((await tab.rpc.users.me.query()).email).toBe(user.email);
  });
});

describe("a sign-in and a search for a session", () => {
  /** Holds back the answers of a procedure, until they are released. */
  function holdBack(path: string) {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { fetch } = browser.network;
    const holding: typeof fetch = async (url, init) => {
      const answer = await fetch(url, init);
      if (url.includes(path)) await released;
      return answer;
    };
    Object.assign(browser.network, { fetch: holding });
    return () => release();
  }
  /** Everything that needs no answer has happened. */
  const quiet = async () => {
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  };

  it("never let the session that was found replace the new one: the search began first", async () => {
    await enter();
    server.clock.advance({ minutes: FIRST_MINUTES + 1 });
    const release = holdBack("users.refreshToken");
    const tab = browser.tab();
    await browser.network.answered("users.refreshToken");
    const signingUp = signUpWith(tab);
    await quiet();
    expect(browser.network.requests).not.toContain("auth.register");
    release();
    const { user } = await signingUp;
    expect(tab.getState()).toEqual({ status: "signed-in", user });
    expect((await tab.rpc.users.me.query()).email).toBe(user.email);
  });

  it("never let the session that was found replace the new one: the sign-in began first", async () => {
    const tab = browser.tab();
    await tab.ready();
    await enter();
    browser.network.requests.length = 0;
    const release = holdBack("auth.register");
    const signingUp = signUpWith(tab);
    await browser.network.answered("auth.register");
    const looking = tab.sync();
    await quiet();
    expect(browser.network.requests).toEqual(["auth.register"]);
    release();
    const { user } = await signingUp;
    expect(await looking).toEqual({ data: user, error: null });
  });
});

describe("a client that keeps a token", () => {
  it("looks into its storage, and asks nothing", async () => {
    const [tab, other] = [browser, browser].map((each) => each.tab({ session: "token", tabs: false }));
    if (tab === undefined || other === undefined) throw new Error("Two tabs were opened");
    const { user } = await signUpWith(tab);
    browser.network.requests.length = 0;
    expect(await other.sync()).toEqual({ data: user, error: null });
    expect(browser.network.requests).toEqual([]);
  });
});
