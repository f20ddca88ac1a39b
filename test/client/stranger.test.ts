import { createServerClient } from "@latchkey/client/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { PASSWORD, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { signUpWith } from "./account.js";
import { type Browser, listen, openBrowser } from "./browser.js";
import { COOKIES_ON, openCookieBrowser } from "./cookie-browser.js";

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  server = await startServer({ environment: COOKIES_ON });
});
afterAll(() => server.close());
beforeEach(() => {
  browser = openBrowser(server);
});
afterEach(() => {
  browser.close();
  vi.unstubAllGlobals();
});

/** The key under which the session is stored, and what is stored. */
function stored(): { readonly key: string; readonly kept: Record<string, unknown> } {
  const [key = "", text = ""] = [...browser.items].find(([, value]) => value.startsWith("{")) ?? [];
  return { key, kept: JSON.parse(text) };
}

describe("what is stored, when something else has damaged it", () => {
  it.each([
    ["a key of another type", { key: 7 }],
    ["a key that no server accepts", { key: "short" }],
    ["a turn of another type", { turn: "x" }],
    ["no turn", { turn: undefined }],
    ["a time of another type", { receivedAtMs: "yesterday" }],
    ["no time", { receivedAtMs: undefined }],
    ["a lifetime of another type", { lifetimeMs: "long" }],
    ["a token of another type", { token: {} }],
    ["a token that no header can contain", { token: "ключ\n" }],
    ["a user with an id that no header can contain", { user: { id: "ключ", username: "x" } }],
    ["a user without a name", { user: { id: "x" } }],
    ["a user with an id of another type", { user: { id: {}, username: "x" } }],
  ])("is not a session: %s", async (_, damage) => {
    const tab = browser.tab();
    const { email } = await signUpWith(tab);
    const { key, kept } = stored();
    tab.dispose();
    browser.items.set(key, JSON.stringify({ ...kept, ...damage }));
    const later = browser.tab();
    await later.ready();
    expect(later.getState()).toEqual({ status: "signed-out" });
    expect((await later.signIn({ username: email, password: PASSWORD })).error).toBeNull();
    expect((await later.getUser()).error).toBeNull();
  });

  it.each(["", "x", "設備設備設備設備設備", "a\nb".repeat(9), "a".repeat(129)])(
    "is replaced if it is no id of a device: %j",
    async (damage) => {
      const tab = browser.tab();
      await signUpWith(tab);
      const [key = ""] = [...browser.items.keys()].filter((each) => each.endsWith(":device"));
      browser.items.set(key, damage);
      expect((await tab.getUser()).error).toBeNull();
      expect(browser.items.get(key)).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  it("ends nothing here if it is another server's token", async () => {
    const other = await startServer();
    const foreign = await signUp(other);
    await other.close();
    const tab = browser.tab();
    await signUpWith(tab);
    const { key, kept } = stored();
    tab.dispose();
    browser.items.set(key, JSON.stringify({ ...kept, token: foreign.token }));
    const later = browser.tab();
    expect((await later.getUser()).error?.code).toBe("TOKEN_INVALID");
    expect(later.getState()).toEqual({ status: "signed-out", reason: "revoked" });
  });
});

describe("an answer that is not the server's", () => {
  const json = (value: unknown, status = 200) =>
    new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
  const html = (status: number) =>
    new Response("<!doctype html><h1>Welcome to the hotel</h1>", {
      status,
      headers: { "Content-Type": "text/html" },
    });
  const cut = () => {
    const bytes = new TextEncoder().encode('{"result":{"data":{"id":"');
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        setImmediate(() => controller.error(new TypeError("The connection was reset")));
      },
    });
    return new Response(body, { headers: { "Content-Type": "application/json" } });
  };
  const ANSWERS: ReadonlyArray<readonly [string, () => Response]> = [
    ["a portal's page", () => html(200)],
    ["a portal's empty 204", () => new Response(null, { status: 204 })],
    ["a proxy's 401 page", () => html(401)],
    ["a firewall's 403 page", () => html(403)],
    ["a proxy's 502 page", () => html(502)],
    ["an answer cut in the middle", cut],
    ["an empty 200", () => new Response("")],
    ["null", () => json(null)],
    ["a text", () => json("ok")],
    ["a number", () => json(7)],
    ["a list", () => json([])],
    ["another program's object", () => json({ ok: true })],
    ["another program's 401", () => json({ error: { message: "Unauthorized" } }, 401)],
    ["another program's error", () => json({ error: { code: -32600, message: "Invalid" } }, 400)],
    ["another tRPC server's empty answer", () => json({ result: {} })],
    ["another tRPC server's null", () => json({ result: { data: null } })],
    ["another tRPC server's data", () => json({ result: { data: { ok: true } } })],
    ["a result of another type", () => json({ result: 7 })],
  ];

  describe.each(["token", "cookie"] as const)("while the session is kept in a %s", (session) => {
    it.each(ANSWERS)("is reported as such, and ends nothing: %s", async (_, answer) => {
      const cookies = openCookieBrowser(server);
      const tab = cookies.tab({ session });
      const { user, email } = await signUpWith(tab);
      const { fetch } = cookies.network;
      Object.assign(cookies.network, { fetch: async () => answer() });
      expect((await tab.refresh()).error?.code).toBe("NETWORK");
      expect((await tab.getUser()).error?.code).toBe("NETWORK");
      expect((await tab.sync()).error?.code ?? "none").toBe(session === "cookie" ? "NETWORK" : "none");
      expect(tab.getState()).toEqual({ status: "signed-in", user });
      const { error } = await tab.signIn({ username: email, password: PASSWORD });
      expect(error?.code).toBe("NETWORK");
      expect(tab.getState()).toEqual({ status: "signed-in", user });
      Object.assign(cookies.network, { fetch });
      expect((await tab.refresh()).error).toBeNull();
      expect((await tab.getUser()).data).toEqual(user);
      cookies.close();
    });
  });
});

describe("a server that never answers", () => {
  it("does not keep a sign-out waiting for ever", async () => {
    const tab = browser.tab();
    await signUpWith(tab);
    const hangs = vi.fn(
      (_: string, { signal }: RequestInit) =>
        new Promise<Response>((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const stuck = browser.tab({ fetch: hangs });
    const leaving = stuck.signOut();
    await vi.waitFor(() => expect(hangs).toHaveBeenCalled());
    browser.clock.pass({ seconds: 10 });
    expect((await leaving).data).toEqual({ isTold: false });
    expect(stuck.getState()).toEqual({ status: "signed-out", reason: "signed-out" });
  });
});

describe("a page that comes back from the back/forward cache", () => {
  it("looks at once whether its session is still there", async () => {
    const page = new EventTarget();
    for (const name of ["addEventListener", "removeEventListener"] as const)
      vi.stubGlobal(name, page[name].bind(page));
    const shown = browser.tab({ tabs: false });
    await signUpWith(shown);
    await browser.tab({ tabs: false }).signOut();
    expect(shown.getState().status).toBe("signed-in");
    const { heard } = listen(shown);
    page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await heard("SIGNED_OUT signed-out");
  });
});

describe("two clients in one page", () => {
  it("keep the sessions of two servers apart, in everything", async () => {
    const other = await startServer();
    const [own, foreign] = [
      browser.tab({ name: undefined }),
      browser.tab({ name: undefined, url: other.url }),
    ];
    const [ada, alan] = [await signUpWith(own), await signUpWith(foreign)];
    await own.signOut();
    expect(own.getState().status).toBe("signed-out");
    expect(foreign.getState()).toEqual({ status: "signed-in", user: alan.user });
    expect(await own.signIn({ username: ada.email, password: PASSWORD })).toMatchObject({ error: null });
    expect((await foreign.getUser()).data).toEqual(alan.user);
    await other.close();
  });

  it("share one session if their URLs differ only by a slash at the end", async () => {
    const [own, same] = [
      browser.tab({ name: undefined }),
      browser.tab({ name: undefined, url: `${server.url}/` }),
    ];
    const { heard } = listen(same);
    const { user } = await signUpWith(own);
    await heard("SIGNED_IN");
    expect(same.getState()).toEqual({ status: "signed-in", user });
  });
});

describe("a rendering server", () => {
  const SECRET = "Yb4zK8nQ2vT6wR1xD9mC5hL3jF7gS0pA";

  it("never mixes the users of two requests that it answers at once, not even when both refresh", async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => signUp(server)));
    server.clock.advance({ minutes: 24 * 60 + 1 });
    const seen = await Promise.all(
      people.flatMap(({ token }) =>
        [1, 2].map(async () => {
          const set: string[] = [];
          const { getUser, rpc } = createServerClient({
            url: server.url,
            secret: SECRET,
            cookies: {
              getAll: async () => [{ name: "__Host-latchkey", value: token }],
              setAll: (cookies) => void set.push(...cookies.map(({ value }) => value)),
            },
          });
          const [user, me] = await Promise.all([getUser(), rpc.users.me.query()]);
          return { email: user.data?.email, me: me.email, set };
        }),
      ),
    );
    people.forEach((person, index) => {
      const [one, two] = seen.slice(2 * index, 2 * index + 2);
      expect([one?.email, one?.me, two?.email, two?.me]).toEqual(Array(4).fill(person.email));
      expect(one?.set).toHaveLength(1);
      expect(two?.set).toEqual(one?.set);
    });
  });
});
