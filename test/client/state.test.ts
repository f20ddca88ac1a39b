import type { AuthEvent } from "@latchkey/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.js";
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

/** A storage that answers when it is told to. */
function slowStorage() {
  const { items } = browser;
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  return {
    answer,
    storage: {
      getItem: (key: string) => asked.then(() => items.get(key) ?? null),
      setItem: async (key: string, value: string) => void items.set(key, value),
      removeItem: async (key: string) => void items.delete(key),
    },
  };
}

describe("the state", () => {
  it("is known immediately if the storage is synchronous", async () => {
    expect(browser.tab().getState()).toEqual({ status: "signed-out" });
    const { user } = await signUpWith(browser.tab());
    expect(browser.tab().getState()).toEqual({ status: "signed-in", user });
  });

  it("is pending until an asynchronous storage has answered", async () => {
    await signUpWith(browser.tab());
    const { storage, answer } = slowStorage();
    const tab = browser.tab({ storage });
    const { events } = listen(tab);
    await new Promise(setImmediate);
    expect(tab.getState()).toEqual({ status: "pending" });
    expect(events).toEqual([]);
    answer();
    await tab.ready();
    expect(tab.getState().status).toBe("signed-in");
    await new Promise(setImmediate);
    expect(events).toEqual(["INITIAL_SESSION"]);
  });

  it("is pending while an expired session is refreshed, and then known, even offline", async () => {
    await signUpWith(browser.tab());
    browser.close();
    server.clock.advance({ days: 2 });
    browser.clock.pass({ minutes: 2 * 1440 });
    browser.network.isUp = false;
    const offline = browser.tab();
    expect(offline.getState()).toEqual({ status: "pending" });
    await offline.ready();
    expect(offline.getState().status).toBe("signed-in");
    browser.network.isUp = true;
    const online = browser.tab();
    await online.ready();
    expect(online.getState().status).toBe("signed-in");
    expect((await online.getUser()).error).toBeNull();
  });

  it("says at the start why the session that was found has ended", async () => {
    await signUpWith(browser.tab());
    browser.close();
    server.clock.advance({ days: 8 });
    browser.clock.pass({ minutes: 8 * 1440 });
    const tab = browser.tab();
    const heard: AuthEvent[] = [];
    tab.onAuthStateChange((event) => void heard.push(event));
    await tab.ready();
    await new Promise(setImmediate);
    const state = { status: "signed-out", reason: "expired" };
    expect(heard).toEqual([{ type: "INITIAL_SESSION", state }]);
    expect(tab.getState()).toEqual(state);
  });

  it("is the same object until something changes", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const state = tab.getState();
    let changes = 0;
    const end = tab.subscribe(() => changes++);
    await tab.refresh();
    await tab.getUser();
    expect(tab.getState()).toBe(state);
    expect(changes).toBe(0);
    await tab.signOut();
    expect(changes).toBe(1);
    end();
    await signUpWith(tab);
    expect(changes).toBe(1);
  });
});

describe("a listener", () => {
  it("is told first what was found, then what happens", async () => {
    const tab = browser.tab();
    const { events } = listen(tab);
    await signUpWith(tab);
    const late = listen(tab);
    await tab.refresh();
    await tab.signOut();
    await new Promise(setImmediate);
    const rest = ["TOKEN_REFRESHED", "SIGNED_OUT signed-out"];
    expect(events).toEqual(["INITIAL_SESSION", "SIGNED_IN", ...rest]);
    expect(late.events).toEqual(["INITIAL_SESSION", ...rest]);
  });

  it("may wait for the client that calls it, in every event", async () => {
    const tab = browser.tab();
    const seen: string[] = [];
    const done = new Promise<void>((resolve) => {
      tab.onAuthStateChange(async ({ type }) => {
        const user = await tab.getUser();
        const session = await tab.getSession();
        if (type === "SIGNED_IN") await tab.refresh();
        if (type === "TOKEN_REFRESHED") await tab.signOut();
        seen.push(`${type} ${user.error?.code ?? "known"} ${session.data === null ? "none" : "session"}`);
        if (type === "SIGNED_OUT") resolve();
      });
    });
    await signUpWith(tab);
    await done;
    expect(seen.at(-1)).toBe("SIGNED_OUT TOKEN_MISSING none");
  });

  it("is told of a user who has changed elsewhere", async () => {
    const [tab, other] = [browser.tab(), browser.tab()];
    const [here, there] = [listen(tab), listen(other)];
    const { user } = await signUpWith(tab);
    await there.heard("SIGNED_IN");
    const stored = [...browser.items].find(([key]) => !key.endsWith(":device"));
    if (stored === undefined) throw new Error("Nothing is stored");
    // This browser's data is out of date.
    browser.items.set(stored[0], stored[1].replace(user.username, "an earlier name"));
    const stale = browser.tab();
    expect(stale.getState()).toMatchObject({ user: { username: "an earlier name" } });
    await stale.getUser();
    expect(stale.getState()).toEqual({ status: "signed-in", user });
    expect(here.events).not.toContain("SIGNED_OUT signed-out");
  });

  it("is told nothing after it unsubscribed or the client was disposed of", async () => {
    const tab = browser.tab();
    const events: string[] = [];
    const end = tab.onAuthStateChange(({ type }) => void events.push(type));
    end();
    const { events: others } = listen(tab);
    tab.dispose();
    await signUpWith(tab);
    await new Promise(setImmediate);
    expect([...events, ...others]).toEqual([]);
    expect(browser.clock.nextMs()).toBeUndefined();
  });
});
