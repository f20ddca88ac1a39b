import { createRpc, isLatchkeyError, safe } from "@latchkey/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/port.js";
import { PASSWORD, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** A `fetch` that records its requests. */
function notingFetch() {
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const noting = (url: string, init: RequestInit) => {
    requests.push({ url, init });
    return fetch(url, init);
  };
  return { fetch: noting, requests };
}

const authorization = ({ init }: { readonly init: RequestInit }) =>
  new Headers(init.headers).get("authorization");

describe("the procedures", () => {
  it("are found from the server's base URL, with or without a trailing slash", async () => {
    const { token, email } = await signUp(server);
    for (const url of [server.url, `${server.url}/`, new URL(server.url)]) {
      expect((await createRpc({ url, token }).users.me.query()).email).toBe(email);
    }
  });

  it("ask for the token with every call", async () => {
    const [ada, grace] = [await signUp(server), await signUp(server)];
    let token: string | undefined = ada.token;
    const rpc = createRpc({ url: server.url, token: async () => token });
    expect((await rpc.users.me.query()).email).toBe(ada.email);
    token = grace.token;
    expect((await rpc.users.me.query()).email).toBe(grace.email);
    token = undefined;
    await expect(rpc.users.me.query()).rejects.toMatchObject({ data: { appCode: "TOKEN_MISSING" } });
  });

  it("send concurrent calls separately, each with its own token", async () => {
    const accounts = [await signUp(server), await signUp(server), await signUp(server)];
    const { fetch, requests } = notingFetch();
    const tokens = accounts.map(({ token }) => token);
    const rpc = createRpc({ url: server.url, fetch, token: () => tokens.shift() });
    const profiles = await Promise.all(accounts.map(() => rpc.users.me.query()));
    expect(profiles.map(({ email }) => email)).toEqual(accounts.map(({ email }) => email));
    expect(requests.map(({ url }) => url)).toEqual(accounts.map(() => `${server.url}/trpc/users.me`));
  });

  it("send additional headers, with the token overriding Authorization", async () => {
    const { token } = await signUp(server);
    const { fetch, requests } = notingFetch();
    const headers = async () => ({ authorization: "Bearer other", "X-Tenant": "blue" });
    await createRpc({ url: server.url, token, fetch, headers }).auth.verify.query();
    await safe(createRpc({ url: server.url, fetch, headers }).auth.verify.query());
    expect(requests.map(authorization)).toEqual([`Bearer ${token}`, "Bearer other"]);
    expect(requests.map(({ init }) => new Headers(init.headers).get("x-tenant"))).toEqual(["blue", "blue"]);
  });

  it("can be aborted", async () => {
    const rpc = createRpc({ url: server.url });
    const [, error] = await safe(rpc.users.me.query(undefined, { signal: AbortSignal.abort() }));
    expect(error).toBeInstanceOf(Error);
    expect(isLatchkeyError(error)).toBe(false);
  });
});

describe("an error", () => {
  it("is exactly what the server sent", async () => {
    const rpc = createRpc({ url: server.url });
    const wrong = { email: "nobody@example.com", password: PASSWORD };
    const [, error] = await safe(rpc.users.login.mutate(wrong));
    const raw = await send(server, "POST", "/trpc/users.login", { json: wrong });
    expect(error?.shape).toEqual(raw.json.error);
    expect(raw.json.error).toEqual({
      message: "The username or password is wrong.",
      code: -32001,
      data: { code: "UNAUTHORIZED", httpStatus: 401, appCode: "INVALID_CREDENTIALS" },
    });
  });

  it("names each invalid field once", async () => {
    const rpc = createRpc({ url: server.url });
    const [, error] = await safe(rpc.auth.register.mutate({ username: " ", email: "x", password: "no" }));
    if (!isLatchkeyError(error)) throw error;
    expect(error.data.appCode).toBe("INVALID_INPUT");
    expect(error.data.fields?.map(({ path }) => path)).toEqual([["username"], ["email"], ["password"]]);
  });

  it("has no code if the server was not reached or something else answered", async () => {
    const nobody = createRpc({ url: `http://127.0.0.1:${await freePort()}` });
    const elsewhere = createRpc({ url: `${server.url}/elsewhere` });
    for (const rpc of [nobody, elsewhere]) {
      const [, error] = await safe(rpc.users.me.query());
      expect(error).toBeInstanceOf(Error);
      expect(isLatchkeyError(error)).toBe(false);
    }
  });

  it("is not treated as one of the server's if it only looks like one", () => {
    for (const value of [undefined, null, "INTERNAL", new Error("no"), { data: { appCode: "INTERNAL" } }]) {
      expect(isLatchkeyError(value)).toBe(false);
    }
  });
});
