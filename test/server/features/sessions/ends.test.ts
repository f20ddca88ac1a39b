import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type SessionEndReason,
  sessionsEnded,
} from "../../../../apps/server/src/features/sessions/service.js";
import { mailedSecret } from "../../../support/mail.js";
import { BY_OPERATOR } from "../../../support/operator.js";
import { type RedisServer, startRedis } from "../../../support/redis.js";
import { freshEmail, login, PASSWORD, send, signUp } from "../../../support/rest.js";
import { readRows } from "../../../support/rows.js";
import { frozenClock, startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { runInProcess } from "../../cli/in-process.js";
import { newAdmin } from "../user-administration/doors.js";

const NEW_PASSWORD = "another horse battery";
const PER_USER = 3;

/** What sessions ended, as a listener in this process was told. */
interface Told {
  readonly reason: SessionEndReason;
  readonly subject: string;
  readonly ids: readonly string[];
}

let redis: RedisServer;
let reader: Redis;
let server: TestServer;
let other: TestServer;
const told: Told[] = [];
beforeAll(async () => {
  redis = await startRedis();
  reader = new Redis(redis.url);
  const environment = { REDIS_URL: redis.url, SESSIONS_PER_USER: String(PER_USER), COOKIE_SESSIONS: "on" };
  // The command line has the machine's clock.
  server = await startServer({ environment, clock: frozenClock(Date.now()) });
  other = await startServer({ environment, databasePath: server.databasePath, clock: server.clock });
  server.app.features.events.on(sessionsEnded, ({ reason, subject, sessions }) => {
    told.push({ reason, subject, ids: sessions.map(({ id }) => id) });
    return undefined;
  });
});
afterAll(async () => {
  await other.close();
  await server.close();
  reader.disconnect();
  await redis.stop();
});

/** An account with a session that has asked for a link to another address. */
interface Asking {
  readonly email: string;
  readonly id: string;
  readonly token: string;
  readonly sid: string;
}

const post = (path: string, json: unknown, token?: string, headers = {}) =>
  send(server, "POST", path, { json, headers, ...(token !== undefined && { token }) });
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const accountOf = async ({ email }: Asking) => {
  const account = await server.app.features.accounts.find({ email });
  if (account === undefined) throw new Error("there is no account");
  return account;
};
const byAdmin = async (method: string, path: string, json?: unknown) => {
  const { token } = await newAdmin(server);
  const answer = await send(server, method, `/api/v1/admin/users/${path}`, { json, token });
  if (answer.status >= 300) throw new Error(answer.text);
};
const byCommand = async (...words: readonly string[]) => {
  const environment = { DATABASE_URL: server.databasePath, REDIS_URL: redis.url, LOG_LEVEL: "silent" };
  const done = await runInProcess({ words: ["users", ...words], folder: "/", environment, stdin: "" });
  if (done.exitCode !== 0) throw new Error(done.stderr);
};
const cookie = (token: string) => ({ Cookie: `__Host-latchkey=${token}`, "Sec-Fetch-Site": "same-origin" });

/**
 * THE list: every way in which a session ends. `elsewhere`: by another process, whose listeners are its own.
 */
const WAYS: ReadonlyArray<
  readonly [name: string, reason: SessionEndReason | "elsewhere", end: (asking: Asking) => Promise<unknown>]
> = [
  ["logout over REST", "signed out", ({ token }) => post("/api/users/logout", undefined, token)],
  ["logout over tRPC", "signed out", ({ token }) => call(server, "mutation", "users.logout", { token })],
  [
    "logout by cookie",
    "signed out",
    ({ token }) => post("/api/users/logout", undefined, undefined, cookie(token)),
  ],
  [
    "the end of one session",
    "ended",
    async ({ email, sid }) =>
      send(server, "DELETE", `/api/v1/sessions/${sid}`, { token: await login(server, email) }),
  ],
  [
    "the end of the others",
    "ended",
    async ({ email }) => post("/api/v1/sessions/end-others", undefined, await login(server, email)),
  ],
  ["the end of all", "ended", ({ token }) => post("/api/v1/sessions/end-all", undefined, token)],
  [
    "eviction by newer sessions",
    "evicted",
    async ({ email }) => {
      for (let i = 0; i < PER_USER; i++) {
        server.clock.advance({ ms: 1 });
        await login(server, email);
      }
    },
  ],
  [
    "a new password by the owner",
    "account changed",
    async ({ email }) => {
      const json = { oldPassword: PASSWORD, newPassword: NEW_PASSWORD };
      return post("/api/v1/account/password", json, await login(server, email));
    },
  ],
  [
    "a new password with the old one",
    "account changed",
    ({ email }) =>
      post("/api/users/reset_password", { email, old_password: PASSWORD, new_password: NEW_PASSWORD }),
  ],
  [
    "recovery",
    "account changed",
    async ({ email }) => {
      await post("/api/v1/recovery/request", { email });
      const secret = await mailedSecret(server, email);
      return post("/api/v1/recovery/complete", { secret, newPassword: NEW_PASSWORD });
    },
  ],
  [
    "a confirmed address with a new password",
    "account changed",
    async ({ email, token }) => {
      await post("/api/v1/verification/request", undefined, token);
      const secret = await mailedSecret(server, email);
      return post("/api/v1/verification/complete", { secret, newPassword: NEW_PASSWORD });
    },
  ],
  [
    "theft",
    "stolen",
    async ({ token }) => {
      const refresh = (key: string) =>
        post("/api/users/refresh_token", undefined, token, { "Idempotency-Key": key });
      await refresh("a key of the owner's");
      server.clock.advance({ seconds: 11 });
      return refresh("a key of the thief's");
    },
  ],
  [
    "deletion by the owner",
    "account deleted",
    ({ token }) => send(server, "DELETE", "/api/v1/account", { token }),
  ],
  ["deletion by an administrator", "account deleted", ({ id }) => byAdmin("DELETE", id)],
  ["disabling", "account changed", ({ id }) => byAdmin("POST", `${id}/disable`, {})],
  ["another role", "account changed", ({ id }) => byAdmin("PATCH", id, { role: "admin" })],
  ["a temporary password", "account changed", ({ id }) => byAdmin("POST", `${id}/temporary-password`, {})],
  ["an administrator who ends it", "ended", ({ id, sid }) => byAdmin("DELETE", `${id}/sessions/${sid}`)],
  ["an administrator who ends all", "ended", ({ id }) => byAdmin("POST", `${id}/end-sessions`)],
  [
    "a password set by the operator",
    "account changed",
    ({ id }) => server.app.features.userAdministration.setPassword(id, NEW_PASSWORD, BY_OPERATOR),
  ],
  ["disabling by the command line", "elsewhere", ({ email }) => byCommand("disable", email)],
  ["the command line that ends all", "elsewhere", ({ email }) => byCommand("end-sessions", email)],
  ["deletion by the command line", "elsewhere", ({ email }) => byCommand("delete", email, "--yes")],
];

describe.each(WAYS)("%s", (_, reason, end) => {
  it("ends the session in every way: token, other process, blacklist, mailed link, event", async () => {
    server.clock.advance({ minutes: 61 });
    const { email, token: first } = await signUp(server);
    const { sid } = claimsOf(first);
    const account = await server.app.features.accounts.find({ email });
    const asking = { email, id: account?.uuid ?? "", token: first, sid };
    const newEmail = freshEmail();
    expect((await post("/api/v1/email/change", { newEmail }, first)).status).toBe(204);
    const secret = await mailedSecret(server, newEmail);
    told.length = 0;

    await end(asking);

    for (const at of [server, other]) {
      expect((await send(at, "GET", "/api/users/me", { token: first })).status).toBe(401);
      expect((await send(at, "POST", "/api/users/refresh_token", { token: first })).status).not.toBe(200);
    }
    expect(await reader.exists(`latchkey:{blacklist}:${sid}`)).toBe(1);
    const links = await openLinks();
    expect(links).not.toContain(newEmail);
    expect((await post("/api/v1/email/complete", { secret })).json.error.code).toBe("LINK_INVALID");
    if (reason === "elsewhere") return;
    const mine = told.filter(({ ids }) => ids.includes(sid));
    expect(mine).toMatchObject([{ reason, subject: asking.id }]);
  });
});

it("an expired session ends when it is cleaned up, and its link at once", async () => {
  const { email, token } = await signUp(server);
  const newEmail = freshEmail();
  await post("/api/v1/email/change", { newEmail }, token);
  await accountOf({ email, id: "", token, sid: "" });
  told.length = 0;
  server.clock.advance({ days: 31 });
  while ((await server.app.features.sessions.deleteOver()) > 0);
  expect(told.filter(({ ids }) => ids.includes(claimsOf(token).sid))).toMatchObject([{ reason: "expired" }]);
  expect(await openLinks()).not.toContain(newEmail);
});

it("a session that keeps going keeps its link when another one ends", async () => {
  const { email, token } = await signUp(server);
  const newEmail = freshEmail();
  await post("/api/v1/email/change", { newEmail }, token);
  const secret = await mailedSecret(server, newEmail);
  await post("/api/users/logout", undefined, await login(server, email));
  expect((await post("/api/v1/email/complete", { secret }, token)).status).toBe(204);
});

/** The addresses to which unused links were mailed. */
async function openLinks(): Promise<readonly string[]> {
  const rows = await readRows<{ readonly email: string }>(server.host, "SELECT email FROM secrets");
  return rows.map(({ email }) => email);
}
