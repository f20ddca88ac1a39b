import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, signUp } from "../support/rest.js";
import { rowsElsewhere, valueElsewhere } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";
import { logout, me, refresh } from "./accounts.js";
import { expectDetail, expectEntries } from "./expect-answer.js";
import { STORES } from "./stores.js";

const REJECTED = "Refresh token is invalid or expired";
const KEY = "0123456789abcdef";
const OTHER_KEY = "fedcba9876543210";

describe.each(STORES)("repeated refresh on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  /** A session whose token was exchanged just now. */
  async function exchanged(key?: string) {
    const { token } = await signUp(server);
    const answer = await refresh(server, token, key);
    expect(answer.status).toBe(200);
    return { token, successor: String(answer.json.access_token), first: answer };
  }

  const warnings = (subject: string) =>
    server.logLines.filter((line) => /"level":("warn"|40)/.test(line) && line.includes(subject));

  it("gives the same successor for the same token and the same key, for 60 s", async () => {
    const { token, successor, first } = await exchanged(KEY);
    for (const seconds of [0, 11, 48, 1]) {
      server.clock.advance({ seconds });
      const again = await refresh(server, token, KEY);
      expect([again.status, again.text]).toEqual([200, first.text]);
    }
    expect((await me(server, successor)).status).toBe(200);
  });

  it("rejects the same key after 60 s, and ends no session for it", async () => {
    const { token, successor } = await exchanged(KEY);
    server.clock.advance({ seconds: 61 });
    expectDetail(await refresh(server, token, KEY), 403, REJECTED);
    expect((await me(server, successor)).status).toBe(200);
  });

  it("rejects another key or none, and takes a race of ten seconds for no theft", async () => {
    const { token, successor } = await exchanged(KEY);
    for (const key of [OTHER_KEY, undefined]) {
      expectDetail(await refresh(server, token, key), 403, REJECTED);
    }
    server.clock.advance({ seconds: 10 });
    for (const key of [OTHER_KEY, undefined]) {
      expectDetail(await refresh(server, token, key), 403, REJECTED);
    }
    expect((await me(server, successor)).status).toBe(200);
    expect((await refresh(server, token, KEY)).json.access_token).toBe(successor);
  });

  it.each([
    ["without a key", undefined],
    ["with another key", OTHER_KEY],
  ])("takes an exchanged token for stolen that comes %s more than ten seconds later", async (_, key) => {
    const { token, successor } = await exchanged(KEY);
    server.clock.advance({ seconds: 11 });
    expectDetail(await refresh(server, token, key), 403, REJECTED);
    expectDetail(await me(server, successor), 401, "Token is invalid");
    expectDetail(await refresh(server, successor), 403, REJECTED);
    expectDetail(await refresh(server, token, KEY), 403, REJECTED);
  });

  it("takes it for stolen however long ago the session used a key, and however often it went on", async () => {
    const { token, successor } = await exchanged(KEY);
    const { access_token: next } = (await refresh(server, successor)).json;
    server.clock.advance({ minutes: 5 });
    expectDetail(await refresh(server, token), 403, REJECTED);
    expectDetail(await me(server, next), 401, "Token is invalid");
  });

  it("leaves the user's other sessions alone when it ends a stolen one", async () => {
    const { token, successor } = await exchanged(KEY);
    const { successor: bystander } = await exchanged(KEY);
    server.clock.advance({ seconds: 11 });
    await refresh(server, token);
    expect((await me(server, successor)).status).toBe(401);
    expect((await me(server, bystander)).status).toBe(200);
  });

  it("only refuses clients that never send a key, and records the attempt", async () => {
    const { token, successor } = await exchanged();
    const { sub } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    server.clock.advance({ minutes: 30 });
    expect(warnings(sub)).toHaveLength(0);
    expectDetail(await refresh(server, token), 403, REJECTED);
    expect(warnings(sub)).toHaveLength(1);
    expect((await me(server, successor)).status).toBe(200);
    expect((await refresh(server, successor)).status).toBe(200);
  });

  it("gives clients that never send a key the same successor for ten seconds: tabs, and a lost answer", async () => {
    const { token, successor, first } = await exchanged();
    for (const seconds of [0, 9, 1]) {
      server.clock.advance({ seconds });
      const tabs = await Promise.all([refresh(server, token), refresh(server, token)]);
      expect(tabs.map(({ status, text }) => [status, text])).toEqual([
        [200, first.text],
        [200, first.text],
      ]);
      expectDetail(await me(server, token), 401, "Token is invalid");
    }
    expect((await me(server, successor)).status).toBe(200);
    server.clock.advance({ ms: 1 });
    expectDetail(await refresh(server, token), 403, REJECTED);
    expect((await me(server, successor)).status).toBe(200);
  });

  it("gives three tabs that wake at once on one expired token one successor, in two processes", async () => {
    const { databasePath, clock } = server;
    const other = await startServer({ environment, databasePath, clock });
    const { token } = await signUp(server);
    server.clock.advance({ minutes: 180 });
    const tabs = await Promise.all([server, other, server].map((at) => refresh(at, token)));
    expect(tabs.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(tabs.map(({ json }) => json.access_token)).size).toBe(1);
    expect((await me(other, tabs[0]?.json.access_token)).status).toBe(200);
    await other.close();
  });

  it("gives no successor without a key once the session has used one", async () => {
    const { token, successor } = await exchanged();
    const third = (await refresh(server, successor, KEY)).json.access_token;
    expectDetail(await refresh(server, token), 403, REJECTED);
    const { access_token: fourth } = (await refresh(server, third)).json;
    expectDetail(await refresh(server, third), 403, REJECTED);
    expect((await me(server, fourth)).status).toBe(200);
  });

  it("gives no successor to a token that is spelled in another way, and does not fail because of it", async () => {
    const { token } = await exchanged();
    const answer = await refresh(server, `${token}=`);
    expect([401, 403]).toContain(answer.status);
  });

  it("stores no successor in clear, nor what would open it", async () => {
    const { token, successor } = await exchanged();
    const rows = JSON.stringify(await rowsElsewhere(server, "SELECT * FROM revocations"));
    for (const secret of [token, successor]) expect(rows).not.toContain(secret.split(".")[2]);
  });

  it("records in the audit log what comes after that", async () => {
    const { token } = await exchanged();
    server.clock.advance({ seconds: 11 });
    await refresh(server, token);
    const { sub: subject } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    // Failures are not waited for: they are there once entries written after them are.
    await server.app.features.audit.record({ action: "trial.waited", actor: "operator" });
    const { entries } = await server.app.features.audit.list({ subject }, { limit: 1 });
    expect(entries).toMatchObject([{ action: "users.refresh_token", outcome: "REFRESH_REJECTED" }]);
  });

  it("rejects a key that comes late to an exchange without one", async () => {
    const { token, successor } = await exchanged();
    expectDetail(await refresh(server, token, KEY), 403, REJECTED);
    expect((await me(server, successor)).status).toBe(200);
  });

  it("keeps keys of different sessions apart", async () => {
    const [one, two] = [await exchanged(KEY), await exchanged(KEY)];
    expect(one.successor).not.toBe(two.successor);
    expect((await refresh(server, one.token, KEY)).json.access_token).toBe(one.successor);
  });

  it("gives a successor that was logged out meanwhile no life", async () => {
    const { token, successor } = await exchanged(KEY);
    await logout(server, successor);
    const again = await refresh(server, token, KEY);
    expectDetail(again, 403, REJECTED);
    expectDetail(await me(server, successor), 401, "Token is invalid");
  });

  it("asks for the token before it looks at the key", async () => {
    const headers = { "Idempotency-Key": "short" };
    const answer = await send(server, "POST", "/api/users/refresh_token", { headers });
    expectDetail(answer, 401, "Not authenticated");
  });

  it("takes keys of 16 to 128 printable ASCII characters and no others", async () => {
    const header = ["header", "idempotency-key"];
    const type = (end: string) => `value_error.any_str.${end}_length`;
    const { token } = await signUp(server);
    const short = await refresh(server, token, "x".repeat(15));
    const least = "ensure this value has at least 16 characters";
    expectEntries(short, [{ loc: header, msg: least, type: type("min"), ctx: { limit_value: 16 } }]);
    const long = await refresh(server, token, "x".repeat(129));
    const most = "ensure this value has at most 128 characters";
    expectEntries(long, [{ loc: header, msg: most, type: type("max"), ctx: { limit_value: 128 } }]);
    const foreign = await refresh(server, token, `${"x".repeat(15)}é`);
    expect(foreign.status).toBe(422);
    expect(foreign.json.detail).toMatchObject([{ loc: header, type: "value_error" }]);
    // None of them has exchanged anything.
    expect((await refresh(server, token, `~${" !".repeat(63)}~`)).status).toBe(200);
  });
});

describe.each(STORES)("refresh with REFRESH_REUSE=end-session on $store", ({ environment }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment: { ...environment, REFRESH_REUSE: "end-session" } });
  });
  afterAll(() => server.close());

  it("ends the session of clients without keys too, after ten seconds", async () => {
    const { token } = await signUp(server);
    const { access_token: successor } = (await refresh(server, token)).json;
    server.clock.advance({ seconds: 10 });
    expect((await refresh(server, token)).json.access_token).toBe(successor);
    expect((await me(server, successor)).status).toBe(200);
    server.clock.advance({ seconds: 1 });
    expectDetail(await refresh(server, token), 403, REJECTED);
    expectDetail(await me(server, successor), 401, "Token is invalid");
    expectDetail(await refresh(server, successor), 403, REJECTED);
  });
});

describe.each(STORES)("refresh with REFRESH_GRACE_SECONDS=0 on $store", ({ environment }) => {
  it("refuses an exchanged token at once, and keeps no successor of it", async () => {
    const server = await startServer({ environment: { ...environment, REFRESH_GRACE_SECONDS: "0" } });
    const { token } = await signUp(server);
    const { access_token: successor } = (await refresh(server, token)).json;
    expectDetail(await refresh(server, token), 403, REJECTED);
    expect((await me(server, successor)).status).toBe(200);
    expect(await valueElsewhere(server, "SELECT count(sealed_successor) FROM revocations")).toBe(0);
    await server.close();
  });
});
