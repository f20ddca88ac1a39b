import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { type Browser, listen, openBrowser } from "./browser.js";

let server: TestServer;
let browser: Browser;
/** The substitute for a page: only these parts of one exist here. */
let page: EventTarget & { visibilityState: string };
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  browser = openBrowser(server);
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  Object.assign(globalThis, {
    document: page,
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  });
});
afterEach(() => {
  browser.close();
  for (const name of ["document", "addEventListener", "removeEventListener"]) {
    Reflect.deleteProperty(globalThis, name);
  }
});

function show(visibilityState: "visible" | "hidden") {
  page.visibilityState = visibilityState;
  page.dispatchEvent(new Event("visibilitychange"));
}

function pass(minutes: number) {
  server.clock.advance({ minutes });
  browser.clock.pass({ minutes });
}

const refreshes = () => browser.network.requests.filter((path) => path === "users.refreshToken").length;

describe("a page", () => {
  it("refreshes when it becomes visible again, and not while it is hidden", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { heard } = listen(tab);
    show("hidden");
    pass(24 * 60 + 1);
    expect(refreshes()).toBe(0);
    show("visible");
    await heard("TOKEN_REFRESHED");
    expect(refreshes()).toBe(1);
  });

  it("catches up when it becomes visible again, even without having been told", async () => {
    const [tab, other] = [browser.tab({ tabs: false }), browser.tab({ tabs: false })];
    const { heard } = listen(other);
    const { user } = await signUpWith(tab);
    show("visible");
    await heard("SIGNED_IN");
    expect(other.getState()).toEqual({ status: "signed-in", user });
    await tab.signOut();
    show("visible");
    await heard("SIGNED_OUT signed-out");
    expect(refreshes()).toBe(0);
  });

  it("refreshes when the network is back", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { heard } = listen(tab);
    browser.network.isUp = false;
    pass(24 * 60 - 4);
    await new Promise(setImmediate);
    browser.network.isUp = true;
    page.dispatchEvent(new Event("online"));
    await heard("TOKEN_REFRESHED");
  });

  it("refreshes nothing that is fresh", async () => {
    await signUpWith(browser.tab());
    for (const event of ["visibilitychange", "online"]) page.dispatchEvent(new Event(event));
    await new Promise(setImmediate);
    expect(refreshes()).toBe(0);
  });

  it("is left alone by a client that was disposed of", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    tab.dispose();
    pass(25 * 60);
    show("visible");
    page.dispatchEvent(new Event("online"));
    await new Promise(setImmediate);
    expect(refreshes()).toBe(0);
  });

  it("works in a sandbox that forbids both storage and channels", async () => {
    const refuse = () => {
      throw new DOMException("The operation is insecure", "SecurityError");
    };
    const channel = globalThis.BroadcastChannel;
    Object.defineProperty(globalThis, "localStorage", { get: refuse, configurable: true });
    Object.assign(globalThis, { BroadcastChannel: refuse });
    const tab = browser.tab({ storage: undefined });
    expect(tab.getState()).toEqual({ status: "signed-out" });
    const { user } = await signUpWith(tab);
    expect(tab.getState()).toEqual({ status: "signed-in", user });
    Reflect.deleteProperty(globalThis, "localStorage");
    Object.assign(globalThis, { BroadcastChannel: channel });
  });
});
