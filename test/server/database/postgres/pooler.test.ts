import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { postgresEngine } from "../../../../apps/server/src/database/postgres/engine.js";
import { openPostgres } from "../../../../apps/server/src/database/postgres/postgres.js";
import { explainStartFailure } from "../../../../apps/server/src/process/start-failure.js";
import { HAS_PGBOUNCER, type Pooler, startPgbouncer } from "../../../support/pgbouncer.js";
import { createMigrated, dropDatabase, POSTGRES_MIGRATIONS } from "../../../support/postgres.js";
import { login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { HAS_POSTGRES, keepSessions, openScene } from "./cluster.js";

const USERS = 24;
const USER = `INSERT INTO users (uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
  VALUES ('u', 'u', 'u', 'u', 'u', '', 0, 0)`;
const SESSION = `INSERT INTO sessions (id, user_id, epoch, token_id, token_ends_at, created_at, last_seen_at,
  confirmed_at, address, expires_at) SELECT 's1', id, 0, 'first', 0, 0, 0, 0, '', 0 FROM users`;
const MIGRATIONS = join(POSTGRES_MIGRATIONS, "..");

// Without a PgBouncer that keeps prepared statements (1.21) these are skipped: Debian 12 has an older one.
describe.skipIf(!HAS_POSTGRES || !HAS_PGBOUNCER)("PostgreSQL behind PgBouncer", () => {
  let pooler: Pooler;
  let direct: string;
  let url: string;
  beforeAll(async () => {
    // Fewer connections than one node has, so that each is lent to many in turn.
    pooler = await startPgbouncer(Number(new URL(inject("postgresUrl")).port), ["default_pool_size = 3"]);
  });
  afterAll(() => pooler.stop());
  beforeEach(async () => {
    direct = await createMigrated(inject("postgresUrl"));
    url = Object.assign(new URL(direct), { port: String(pooler.port) }).href;
  });
  afterEach(() => dropDatabase(direct));

  const node = (environment = {}) =>
    startServer({
      databasePath: direct,
      environment: { DATABASE_URL: url, DATABASE_POOLER: "transaction", ...environment },
    });
  const verify = async (at: TestServer, token: string) =>
    (await send(at, "GET", "/api/auth/verify", { token })).status;
  const all = <T>(make: (i: number) => Promise<T>) =>
    Promise.all(Array.from({ length: USERS }, (_, i) => make(i)));

  it("serves two nodes over few connections: what is revoked at one is refused at the other at once", async () => {
    const [one, two] = [await node(), await node()];
    const users = await all((i) => signUp(i % 2 ? one : two));
    const refreshed = await all(async (i) => {
      const answer = await send(one, "POST", "/api/users/refresh_token", { token: users[i]?.token ?? "" });
      return answer.json.access_token as string;
    });
    expect(new Set(await all((i) => verify(two, refreshed[i] ?? "")))).toEqual(new Set([200]));
    const refusals = await all(async (i) => {
      const token = refreshed[i] ?? "";
      const ended = await send(one, "POST", "/api/users/logout", { token });
      return [ended.status, await verify(two, token), await verify(one, token)];
    });
    expect(refusals).toEqual(Array(USERS).fill([200, 401, 401]));
    await one.close();
    await two.close();
  });

  it("does not make a node forget what it keeps, whichever connection answers its looks", async () => {
    const own = await openScene({ url, pooler: "transaction" });
    const outside = await openScene({ url: direct });
    const kept = keepSessions(own.postgres);
    await outside.psql(USER);
    await outside.psql(SESSION);
    await kept.get("s1");
    const SLEEP = { name: "test_sleep", text: "SELECT pg_sleep(0.01)" };
    const busy = Array.from({ length: 60 }, () => own.postgres.write(({ query }) => query(SLEEP, [])));
    for (let turn = 0; turn < 40; turn++) expect(await kept.get("s1")).toBe("first");
    await Promise.all(busy);
    expect(kept.loads).toEqual([["s1"]]);
    await outside.psql("UPDATE sessions SET token_id = 'second'");
    expect(await kept.get("s1")).toBe("second");
    await own.close();
    await outside.close();
  });

  it("starts several nodes on an empty database at once", async () => {
    const client = await openScene({ url: direct });
    await client.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    await client.close();
    const nodes = await Promise.all([node(), node(), node()]);
    const email = await registerUser(nodes[0] as TestServer);
    for (const each of nodes) await login(each, email, PASSWORD);
    for (const each of nodes) await each.close();
  });

  it("is found as expected by doctor, and refused in a sentence that names the setting where that is missing", async () => {
    const place = { url, migrations: MIGRATIONS, pool: 8 };
    expect(await postgresEngine.inspect({ ...place, pooler: "transaction" })).toMatchObject({
      state: "sound",
      place: { server: { pooler: "expected" } },
    });
    const refused = await openPostgres({ url, migrations: POSTGRES_MIGRATIONS }).catch(
      (error: unknown) => error,
    );
    expect(explainStartFailure(refused)).toEqual({
      sentences: [expect.stringContaining("set DATABASE_POOLER=transaction")],
      exitCode: 78,
    });
  });

  it("may be restarted: what was under way is answered or refused, and everything goes on", async () => {
    const one = await node();
    const { token } = await signUp(one);
    const port = pooler.port;
    await pooler.stop();
    expect(await verify(one, token)).toBe(503);
    pooler = await startPgbouncer(Number(new URL(direct).port), ["default_pool_size = 3"], port);
    while ((await verify(one, token)) === 503) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await verify(one, token)).toBe(200);
    expect((await send(one, "POST", "/api/users/logout", { token })).status).toBe(200);
    expect(await verify(one, token)).toBe(401);
    await one.close();
  });
});
