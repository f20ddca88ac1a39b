import { type ClientStorage, createClient } from "@latchkey/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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

const fail = () => {
  throw new Error("The quota is exceeded");
};
const reject = () => Promise.reject(new Error("The disk is gone"));

describe("a storage", () => {
  it.each<[string, ClientStorage]>([
    ["throws", { getItem: fail, setItem: fail, removeItem: fail }],
    ["accepts nothing", { getItem: () => null, setItem: fail, removeItem: fail }],
    ["rejects", { getItem: reject, setItem: reject, removeItem: reject }],
    ["returns nothing", { getItem: () => undefined, setItem() {}, removeItem() {} }],
  ])("that %s does not break the tab's session", async (kind, storage) => {
    const tab = browser.tab({ storage });
    await tab.ready();
    expect(tab.getState().status).toBe("signed-out");
    const { user } = await signUpWith(tab);
    if (kind === "returns nothing") return;
    expect((await tab.refresh()).error).toBeNull();
    expect((await tab.getUser()).data).toEqual(user);
    expect(tab.getState()).toEqual({ status: "signed-in", user });
    await tab.signOut();
    expect(tab.getState().status).toBe("signed-out");
  });

  it.each(["null", "7", "[]", "{", '{"key":1}', "\u0000"])("that contains %j has no session", (text) => {
    const storage = { getItem: () => text, setItem() {}, removeItem() {} };
    expect(browser.tab({ storage }).getState()).toEqual({ status: "signed-out" });
  });

  it("may be asynchronous, and reads what was written even before the write has finished", async () => {
    const items = new Map<string, string>();
    const later = async <Value>(value: () => Value) => {
      await new Promise(setImmediate);
      return value();
    };
    const storage = {
      getItem: (key: string) => later(() => items.get(key) ?? null),
      setItem: (key: string, value: string) => later(() => void items.set(key, value)),
      removeItem: (key: string) => later(() => void items.delete(key)),
    };
    const tab = browser.tab({ storage });
    const { user } = await signUpWith(tab);
    for (let round = 0; round < 3; round++) expect((await tab.refresh()).error).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 0));
    const reopened = browser.tab({ storage });
    await reopened.ready();
    expect(reopened.getState()).toEqual({ status: "signed-in", user });
    await reopened.signOut();
  });

  it("is memory outside of pages: clients share nothing", async () => {
    const options = { url: server.url, fetch: browser.network.fetch };
    const [one, other] = [createClient(options), createClient(options)];
    await signUpWith(one);
    expect(one.getState().status).toBe("signed-in");
    expect(other.getState().status).toBe("signed-out");
    expect(createClient({ ...options, storage: "local" }).getState().status).toBe("signed-out");
    one.dispose();
    other.dispose();
  });

  it("keeps the sessions of two servers apart", async () => {
    const storage: ClientStorage = {
      getItem: (key) => browser.items.get(key) ?? null,
      setItem: (key, value) => browser.items.set(key, value),
      removeItem: (key) => browser.items.delete(key),
    };
    const one = createClient({ url: server.url, storage });
    await signUpWith(one);
    expect(createClient({ url: "http://localhost:9", storage }).getState().status).toBe("signed-out");
    one.dispose();
  });

  it("keeps one id for the device, longer than any session", async () => {
    const ids = new Set<string | null>();
    const fetch = (url: string, init: RequestInit) => {
      ids.add(new Headers(init.headers).get("latchkey-device"));
      return browser.network.fetch(url, init);
    };
    const tab = browser.tab({ fetch });
    await signUpWith(tab);
    await tab.signOut();
    await signUpWith(browser.tab({ fetch }));
    expect([...ids]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });
});
