import { createClient } from "@latchkey/client";
import { createQueries, QUERY_KEY } from "@latchkey/client/query";
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { freshEmail, PASSWORD } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const cache = new QueryClient();
afterEach(() => cache.clear());

/** A signed-in user, and their queries. */
async function signedIn() {
  const client = createClient({ url: server.url, storage: "memory" });
  const email = freshEmail();
  const { error } = await client.signUp({ username: email, email, password: PASSWORD });
  if (error !== null) throw error;
  return { email, client, queries: createQueries(client) };
}

describe("the procedures for TanStack Query", () => {
  it("are fetched, and kept under a key of procedure and input", async () => {
    const { email, queries } = await signedIn();
    const options = queries.users.me.queryOptions();
    expect(options.queryKey).toEqual(["latchkey", "users.me"]);
    const profile = await cache.fetchQuery(options);
    expectTypeOf(profile.email).toBeString();
    expect(profile.email).toBe(email);
    expect(cache.getQueryData(queries.users.me.queryKey())).toEqual(profile);
    expect(cache.getQueryCache().findAll({ queryKey: QUERY_KEY })).toHaveLength(1);
  });

  it("are called as mutations", async () => {
    const { queries, client } = await signedIn();
    const { mutationFn, mutationKey } = queries.users.logout.mutationOptions();
    expect(mutationKey).toEqual(["latchkey", "users.logout"]);
    expect(await mutationFn()).toEqual({ message: "You have been logged out." });
    expect((await client.getUser()).error?.code).toBe("TOKEN_INVALID");
  });

  it("retry what may succeed later, and nothing that was refused", async () => {
    const queries = createQueries(createClient({ url: server.url, storage: "memory" }));
    const { queryFn, retry } = queries.users.me.queryOptions();
    const refused = await queryFn({ signal: new AbortController().signal }).catch((error) => error);
    expect(refused.data.appCode).toBe("TOKEN_MISSING");
    expect(retry(0, refused)).toBe(false);
    const away = createQueries(createClient({ url: "http://127.0.0.1:1", storage: "memory" }));
    const lost = await away.users.me
      .queryOptions()
      .queryFn({ signal: new AbortController().signal })
      .catch((error) => error);
    expect([0, 1, 2, 3].map((failures) => retry(failures, lost))).toEqual([true, true, true, false]);
    expect(queries.users.logout.mutationOptions().retry(0, lost)).toBe(false);
  });

  it("show the next user's data in a component that stays on the page", async () => {
    const [last, next] = [await signedIn(), await signedIn()];
    const { client, queries } = last;
    client.onAuthStateChange(({ type }) => {
      if (type === "SIGNED_IN") void cache.resetQueries({ queryKey: QUERY_KEY });
      if (type === "SIGNED_OUT") cache.removeQueries({ queryKey: QUERY_KEY });
    });
    const observer = new QueryObserver(cache, queries.users.me.queryOptions());
    const shown: Array<string | undefined> = [];
    const stop = observer.subscribe(({ data }) => shown.push(data?.email));
    await expect.poll(() => shown.at(-1)).toBe(last.email);
    shown.length = 0;
    await client.signIn({ username: next.email, password: PASSWORD });
    await expect.poll(() => shown.at(-1)).toBe(next.email);
    expect(shown).not.toContain(last.email);
    stop();
  });

  it("are aborted when no component needs them any more", async () => {
    const signals: Array<AbortSignal | null | undefined> = [];
    const client = createClient({
      url: server.url,
      storage: "memory",
      fetch: (_, init) => {
        signals.push(init.signal);
        // A slow server: only an abort ends this call.
        return new Promise((_, reject) => {
          init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        });
      },
    });
    const waiting = cache.fetchQuery(createQueries(client).users.me.queryOptions());
    waiting.catch(() => {});
    await expect.poll(() => signals.length).toBe(1);
    await cache.cancelQueries({ queryKey: QUERY_KEY });
    await expect(waiting).rejects.toThrow("CancelledError");
    expect(signals[0]?.aborted).toBe(true);
  });
});
