import { createRpc } from "@latchkey/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { type Browser, listen, openBrowser } from "./browser.js";

/** The access lifetime from the auth surface, 24 h, and from a refresh, 3 h. */
const FIRST_MINUTES = 24 * 60;
const LATER_MINUTES = 180;

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

/** Time passes everywhere, after pending work has settled. */
async function pass(minutes: number) {
  await new Promise(setImmediate);
  server.clock.advance({ minutes });
  browser.clock.pass({ minutes });
}

const tokenOf = async (tab: ReturnType<Browser["tab"]>) => (await tab.getSession()).data?.token;
const refreshes = () => browser.network.requests.filter((path) => path === "users.refreshToken").length;

describe("a token", () => {
  it("is exchanged before it expires, again and again", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { heard } = listen(tab);
    await pass(FIRST_MINUTES - 4);
    await heard("TOKEN_REFRESHED");
    await pass(LATER_MINUTES - 4);
    await heard("TOKEN_REFRESHED", 2);
    expect(refreshes()).toBe(2);
    expect((await tab.getUser()).error).toBeNull();
  });

  it("is exchanged once by calls that find it expired, and they continue with its successor", async () => {
    const tab = browser.tab();
    const { user } = await signUpWith(tab);
    // The device sleeps: no callback runs.
    browser.close();
    const later = browser.tab();
    await pass(FIRST_MINUTES + 60);
    const calls = await Promise.all(Array.from({ length: 20 }, () => later.rpc.auth.verify.query()));
    expect(calls.map(({ id }) => id)).toEqual(calls.map(() => user.id));
    expect(refreshes()).toBe(1);
  });

  it("is exchanged after an unexpected 401, and the call is sent once more", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    server.clock.advance({ minutes: FIRST_MINUTES + 60 });
    expect((await tab.getUser()).error).toBeNull();
    expect(browser.network.requests.slice(1)).toEqual(["auth.verify", "users.refreshToken", "auth.verify"]);
  });

  it("is not exchanged because of a wrong password", async () => {
    const tab = browser.tab();
    const { username } = await signUpWith(tab);
    const wrong = tab.rpc.auth.login.mutate({ username, password: "wrong" });
    await expect(wrong).rejects.toMatchObject({ data: { appCode: "INVALID_CREDENTIALS" } });
    expect(refreshes()).toBe(0);
  });

  it("is exchanged according to elapsed time, whatever the device's clock says", async () => {
    const aYearMs = 365 * 86_400_000;
    for (const wrongMs of [-aYearMs, aYearMs]) {
      const device = openBrowser(server, server.clock.nowMs() + wrongMs);
      const tab = device.tab();
      await signUpWith(tab);
      // Found again in storage, as after a reload.
      for (const each of [tab, device.tab()]) {
        expect(each.getState().status).toBe("signed-in");
        expect((await each.getSession()).data?.expiresInMs).toBe(FIRST_MINUTES * 60_000);
      }
      // The clock is set.
      device.clock.set(server.clock.nowMs());
      expect((await tab.getUser()).error).toBeNull();
      expect(tab.getState().status).toBe("signed-in");
      device.close();
    }
  });
});

describe("tabs that refresh at once", () => {
  it("get one successor, and no tab is signed out", async () => {
    const first = browser.tab();
    await signUpWith(first);
    const tabs = [first, ...Array.from({ length: 49 }, () => browser.tab())];
    const all = tabs.map(listen);
    for (let round = 1; round <= 3; round++) {
      const results = await Promise.all(tabs.map((tab) => tab.refresh()));
      expect(results.filter(({ error }) => error !== null)).toEqual([]);
      const tokens = await Promise.all(tabs.map(tokenOf));
      expect(new Set(tokens).size).toBe(1);
      server.clock.advance({ minutes: 2 });
    }
    expect(all.flatMap(({ events }) => events).filter((event) => event.startsWith("SIGNED_OUT"))).toEqual([]);
    expect((await first.getUser()).error).toBeNull();
  });

  it("get one successor even if each tab's storage sees the others' writes late", async () => {
    const first = browser.tab();
    await signUpWith(first);
    const lagging = () => {
      const seen = new Map(browser.items);
      return {
        seen,
        storage: {
          getItem: (key: string) => seen.get(key) ?? null,
          setItem(key: string, value: string) {
            seen.set(key, value);
            browser.items.set(key, value);
          },
          removeItem(key: string) {
            seen.delete(key);
            browser.items.delete(key);
          },
        },
      };
    };
    const views = Array.from({ length: 5 }, lagging);
    const tabs = views.map(({ storage }) => browser.tab({ storage, tabs: false }));
    for (let round = 1; round <= 5; round++) {
      const results = await Promise.all(tabs.map((tab) => tab.refresh()));
      expect(new Set(results.map(({ data }) => data?.token)).size).toBe(1);
      // From now on all tabs see what was written last.
      for (const { seen } of views) for (const [key, value] of browser.items) seen.set(key, value);
      server.clock.advance({ minutes: 2 });
    }
    expect((await first.getUser()).error).toBeNull();
  });

  it("leave it to the first if they are told in time", async () => {
    const [one, other] = [browser.tab(), browser.tab()];
    const heard = listen(other);
    await signUpWith(one);
    await heard.heard("SIGNED_IN");
    await one.refresh();
    await heard.heard("TOKEN_REFRESHED");
    expect(await tokenOf(other)).toBe(await tokenOf(one));
    expect(refreshes()).toBe(1);
  });

  it("take over what another tab has stored before they give a session up", async () => {
    const one = browser.tab({ tabs: false });
    await signUpWith(one);
    const other = browser.tab({ tabs: false });
    await one.refresh();
    server.clock.advance({ minutes: 5 });
    expect((await other.getUser()).error).toBeNull();
    expect(other.getState().status).toBe("signed-in");
  });
});

describe("a session", () => {
  it("survives lost answers", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    for (let round = 0; round < 5; round++) {
      browser.network.lostAnswers = 1;
      expect((await tab.refresh()).error?.code).toBe("NETWORK");
      server.clock.advance({ seconds: 20 });
      expect((await tab.refresh()).error).toBeNull();
      server.clock.advance({ minutes: 2 });
    }
    expect((await tab.getUser()).error).toBeNull();
  });

  it("survives a server that is away, and retries with longer and longer pauses", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const { heard, events } = listen(tab);
    server.clock.advance({ minutes: FIRST_MINUTES });
    browser.network.isUp = false;
    browser.clock.pass({ minutes: FIRST_MINUTES });
    expect((await tab.getUser()).error?.code).toBe("NETWORK");
    expect((await tab.getSession()).error?.code).toBe("NETWORK");
    const pauses = [];
    for (let times = 0; times < 8; times++) {
      pauses.push(browser.clock.nextMs() ?? 0);
      await tab.refresh();
    }
    expect(pauses.at(0)).toBeLessThanOrEqual(8_000);
    expect(Math.max(...pauses)).toBeGreaterThan(25_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
    expect(tab.getState().status).toBe("signed-in");
    browser.network.isUp = true;
    browser.clock.pass({ minutes: 1 });
    await heard("TOKEN_REFRESHED");
    expect(events).not.toContain(expect.stringMatching("SIGNED_OUT"));
  });

  it("survives a proxy that answers in the server's place, and an overloaded server", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const answers = [
      new Response("<h1>Log in to the hotel's network</h1>", { status: 403 }),
      new Response("<h1>Bad gateway</h1>", { status: 502 }),
      Response.json(
        {
          error: {
            code: -32603,
            message: "busy",
            data: {
              code: "SERVICE_UNAVAILABLE",
              httpStatus: 503,
              appCode: "UNAVAILABLE",
              retryAfterSeconds: 300,
            },
          },
        },
        { status: 503 },
      ),
    ];
    const bad = browser.tab({ fetch: async () => answers.shift() ?? Response.error() });
    const codes = [];
    for (let times = answers.length; times > 0; times--) codes.push((await bad.refresh()).error?.code);
    expect(codes).toEqual(["NETWORK", "NETWORK", "UNAVAILABLE"]);
    expect(bad.getState().status).toBe("signed-in");
    bad.dispose();
    expect((await tab.refresh()).error).toBeNull();
  });

  it("waits as long as a busy server asks", async () => {
    await signUpWith(browser.tab());
    browser.close();
    const data = {
      code: "SERVICE_UNAVAILABLE",
      httpStatus: 503,
      appCode: "UNAVAILABLE",
      retryAfterSeconds: 300,
    };
    const busy = { error: { code: -32603, message: "busy", data } };
    const tab = browser.tab({ fetch: async () => Response.json(busy, { status: 503 }) });
    await tab.refresh();
    expect(browser.clock.nextMs()).toBe(300_000);
  });

  it("ends if it was not used for too long, and says so", async () => {
    await signUpWith(browser.tab());
    browser.close();
    const later = browser.tab();
    const seen = listen(later);
    server.clock.advance({ days: 8 });
    browser.clock.pass({ minutes: 8 * 1440 });
    expect((await later.refresh()).error?.code).toBe("REFRESH_REJECTED");
    await seen.heard("SIGNED_OUT expired");
    expect(later.getState()).toEqual({ status: "signed-out", reason: "expired" });
  });

  it("ends if it was ended elsewhere, and says so in every tab", async () => {
    const [one, other] = [browser.tab(), browser.tab()];
    const { email, password } = await signUpWith(one);
    const [first, second] = [listen(one), listen(other)];
    await second.heard("INITIAL_SESSION");
    const elsewhere = openBrowser(server);
    const phone = elsewhere.tab();
    await phone.signIn({ username: email, password });
    const changed = await phone.changePassword({ oldPassword: password, newPassword: "another horse" });
    expect(changed.error).toBeNull();
    expect((await one.getUser()).error?.code).toBe("TOKEN_INVALID");
    await Promise.all([first.heard("SIGNED_OUT revoked"), second.heard("SIGNED_OUT revoked")]);
    elsewhere.close();
  });

  it("ends when its token was stolen, and its owner is told, whichever of the two comes late", async () => {
    for (const first of ["owner", "thief"]) {
      const tab = browser.tab();
      await signUpWith(tab);
      const { heard } = listen(tab);
      const stolen = await tokenOf(tab);
      const thief = createRpc({ url: server.url, token: stolen });
      const steal = () => thief.users.refreshToken.mutate({ idempotencyKey: "a key of the thief's" });
      if (first === "owner") await tab.refresh();
      else await steal();
      server.clock.advance({ seconds: 11 });
      if (first === "owner") await expect(steal()).rejects.toMatchObject({ data: { httpStatus: 403 } });
      expect((await tab.refresh()).error?.code).toBe("SESSION_STOLEN");
      await heard("SIGNED_OUT stolen");
      expect(tab.getState()).toEqual({ status: "signed-out", reason: "stolen" });
    }
  });
});
