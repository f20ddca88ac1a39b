import { once } from "node:events";
import { createServer } from "node:net";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { DatabaseUnavailable } from "../../../../apps/server/src/database/availability.js";
import type { Place } from "../../../../apps/server/src/database/engine.js";
import { engineOf, explainDatabaseFailure } from "../../../../apps/server/src/database/engines.js";
import { openKeyStore } from "../../../../apps/server/src/features/signing-keys/index.js";
import { MIGRATIONS } from "../../../../apps/server/src/host.js";
import { explainStartFailure } from "../../../../apps/server/src/process/start-failure.js";
import { freePort } from "../../../support/port.js";
import { createDatabase } from "../../../support/postgres.js";
import { HAS_POSTGRES } from "./cluster.js";

const placeOf = (url: string, change: Partial<Place> = {}): Place => ({
  url,
  migrations: MIGRATIONS,
  pool: 2,
  pooler: "none",
  ...change,
});
const open = (url: string, change: Partial<Place> = {}) =>
  engineOf(url).open({
    ...placeOf(url, change),
    olderTables: "upgrade",
    synchronous: "full",
    keepsRoom: false,
  });
const failureOf = (url: string, change: Partial<Place> = {}) =>
  open(url, change).then(
    async (database) => {
      await database.close();
      throw new Error("It was opened");
    },
    (error: unknown) => explainStartFailure(error),
  );

describe.skipIf(!HAS_POSTGRES)("a PostgreSQL database", () => {
  const server = inject("postgresUrl");
  let url: string;
  let client: pg.Client;
  beforeEach(async () => {
    url = await createDatabase(server);
    client = new pg.Client(url);
    client.on("error", () => {});
    await client.connect();
  });
  afterEach(() => client.end());
  const changed = (change: Partial<Pick<URL, "hostname" | "pathname" | "port" | "username">>) =>
    Object.assign(new URL(url), change).href;
  const withRole = async (name: string) => {
    await client.query(
      `DO $$ BEGIN CREATE ROLE ${name} LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    return changed({ username: name });
  };

  it("gets its tables at the first start, of two at once, and keeps what is written", async () => {
    const [one, other] = await Promise.all([open(url), open(url)]);
    await openKeyStore(one).insert({ kid: "k", privateJwk: "{}", createdAtMs: 7 });
    expect(await openKeyStore(other).newestAtMs()).toBe(7);
    expect(one.state()).toBe("up");
    await Promise.all([one.close(), other.close()]);
    const again = await open(url);
    expect(await openKeyStore(again).newestAtMs()).toBe(7);
    await again.close();
  });

  it("is opened for reading, and writes nothing", async () => {
    await (await open(url)).close();
    const database = await engineOf(url).openForReading(placeOf(url));
    const keys = openKeyStore(database);
    expect(await keys.newestAtMs()).toBeUndefined();
    await expect(keys.insert({ kid: "l", privateJwk: "{}", createdAtMs: 8 })).rejects.toThrow(
      DatabaseUnavailable,
    );
    expect(database.state()).toBe("read-only");
    await database.close();
  });

  it("keeps its tables in the schema that its URL names", async () => {
    await client.query("CREATE SCHEMA auth");
    await client.query("CREATE TABLE public.users (name text)");
    const there = `${url}?schema=auth`;
    await (await open(there)).close();
    const { rows } = await client.query(
      "SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint WHERE contype = 'f'",
    );
    for (const { child, parent } of rows) expect([child, parent].join()).toMatch(/^auth\..*,auth\./);
    expect((await failureOf(`${url}?schema=absent`)).sentences.join()).toMatch(/schema .* does not exist/);
  });

  it("needs the right to create tables only as long as there are some to create", async () => {
    const plain = await withRole("plain");
    const { exitCode, sentences } = await failureOf(plain);
    expect([exitCode, sentences.join()]).toEqual([78, expect.stringContaining("may not create or use")]);
    await (await open(url)).close();
    expect((await failureOf(plain)).sentences.join()).toContain("may not create or use");
    await client.query("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plain");
    await client.query("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO plain");
    const database = await open(plain);
    await openKeyStore(database).insert({ kid: "k", privateJwk: "{}", createdAtMs: 7 });
    await database.close();
    await client.query("DROP OWNED BY plain");
  });

  it("says in one sentence why it cannot be used, and whether a setting must be changed", async () => {
    const closed = await freePort();
    const deaf = createServer().listen(0, "127.0.0.1");
    await once(deaf, "listening");
    const deafPort = String((deaf.address() as { port: number }).port);
    const latin = await createDatabase(server, "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    const standby = await createDatabase(server);
    await client.query(
      `ALTER DATABASE ${new URL(standby).pathname.slice(1)} SET default_transaction_read_only = on`,
    );
    const foreign = await createDatabase(server);
    const other = new pg.Client(foreign);
    await other.connect();
    await other.query("CREATE TABLE migrations (id integer)");
    await other.end();
    const cases: ReadonlyArray<readonly [string, number, RegExp]> = [
      [`${changed({ hostname: "absent.invalid" })}?sslmode=disable`, 78, /no address/],
      [changed({ port: String(closed) }), 1, /refuses connections/],
      [changed({ port: deafPort }), 1, /does not answer/],
      [changed({ pathname: "/absent" }), 78, /has no database/],
      [changed({ username: "nobody_here" }), 78, /refuses the user or the password/],
      [`${url}?sslmode=verify-full`, 78, /does not encrypt/],
      [`${url}?sslmode=verify-full&sslrootcert=/absent/ca.pem`, 78, /sslrootcert .* cannot be read/],
      [latin, 78, /not encoded in UTF-8/],
      [standby, 78, /cannot be written/],
      [foreign, 78, /another program's tables/],
    ];
    for (const [wrong, exitCode, sentence] of cases) {
      const failure = await failureOf(wrong.replace("latchkey@", "latchkey:hush-hush@"));
      expect({ wrong, ...failure }).toEqual({
        wrong,
        exitCode,
        sentences: [expect.stringMatching(sentence)],
      });
      expect(JSON.stringify(failure)).not.toContain("hush-hush");
    }
    deaf.close();
  });

  it("of a newer version is left unchanged", async () => {
    await (await open(url)).close();
    await client.query("INSERT INTO migrations VALUES ('later', 1)");
    expect(await failureOf(url)).toEqual({
      exitCode: 1,
      sentences: [expect.stringMatching(/version of Latchkey that this one does not know/)],
    });
    expect(await engineOf(url).inspect(placeOf(url))).toMatchObject({
      migrations: { pending: 0, unknown: 1 },
    });
  });

  it("without connections that are left says so", async () => {
    const name = new URL(url).pathname.slice(1);
    const crowded = await withRole("crowded");
    await client.query("ALTER ROLE crowded CONNECTION LIMIT 0");
    expect(await failureOf(crowded)).toEqual({
      exitCode: 1,
      sentences: [expect.stringMatching(/no connections left/)],
    });
    await client.query(`ALTER DATABASE ${name} CONNECTION LIMIT -1`);
  });

  it("is examined without a change", async () => {
    const inspect = () => engineOf(url).inspect(placeOf(url));
    expect(await inspect()).toEqual({ state: "absent" });
    await (await open(url)).close();
    expect(await inspect()).toEqual({
      state: "sound",
      migrations: { pending: 0, unknown: 0 },
      place: {
        server: {
          version: expect.stringMatching(/^\d+/),
          isWritable: true,
          maxConnections: 197,
          aheadMs: expect.any(Number),
          tls: "off",
          isDurable: false,
          mayUseTables: true,
          mayCreateTables: true,
          pooler: "none",
          changes: { count: 1, oldestMs: expect.any(Number) },
        },
      },
    });
    await client.query("DROP TABLE migrations");
    expect(await inspect()).toEqual({ state: "foreign" });
    expect(await engineOf(url).inspect(placeOf(`${url}_absent`))).toMatchObject({
      state: "unusable",
      code: "3D000",
      failure: { isSetting: true },
    });
  });

  it("is copied for a trial, which changes nothing and leaves nothing", async () => {
    const database = await open(url);
    await openKeyStore(database).insert({ kid: "k", privateJwk: "{}", createdAtMs: 7 });
    await client.query(`INSERT INTO users (uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
      SELECT 'u' || n, n, n, n, n, '', 0, 0 FROM generate_series(1, 5) n`);
    await client.query("INSERT INTO user_info (user_id) SELECT id FROM users");
    const trial = await engineOf(url).copyForTrial(placeOf(url));
    const copy = await open(trial.url);
    await openKeyStore(copy).insert({ kid: "l", privateJwk: "{}", createdAtMs: 9 });
    expect([await openKeyStore(copy).newestAtMs(), await openKeyStore(database).newestAtMs()]).toEqual([
      9, 7,
    ]);
    const inCopy = new pg.Client({ connectionString: trial.url.split("?")[0] });
    await inCopy.connect();
    const schema = new URL(trial.url).searchParams.get("schema");
    await inCopy.query(`SET search_path = ${schema}`);
    const { rows } = await inCopy.query(
      `INSERT INTO users (uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
       VALUES ('n', 'n', 'n', 'n', 'n', '', 0, 0) RETURNING id, (SELECT count(*) FROM user_info) AS infos`,
    );
    expect(rows.map(({ id, infos }) => [Number(id), Number(infos)])).toEqual([[6, 5]]);
    await inCopy.end();
    await copy.close();
    await trial.discard();
    const { rows: left } = await client.query("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'latchkey%'");
    expect(left).toEqual([]);
    expect((await client.query("SELECT 1 FROM users")).rowCount).toBe(5);
    await database.close();
    await expect(engineOf(url).copyForTrial(placeOf(url, { pooler: "transaction" }))).rejects.toMatchObject({
      code: "POSTGRES_POOLER",
    });
  });

  it("is reached through a pooler without parameters that it would refuse, under the same limits", async () => {
    const database = await open(url, { pooler: "transaction" });
    const postgres = database.storeOf({ sqlite: () => undefined, postgres: (opened) => opened });
    const LIMITS = {
      name: "limits",
      text: "SELECT current_setting('idle_in_transaction_session_timeout') AS idle",
    };
    const limits = await postgres?.write(({ query }) => query(LIMITS, []));
    expect([limits, await postgres?.query(LIMITS, [])]).toEqual([[{ idle: "1s" }], [{ idle: "0" }]]);
    await database.close();
  });
});

it("leaves failures of other connections to those who know them", () => {
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT", "ENOENT"]) {
    const failure = explainDatabaseFailure(Object.assign(new Error("connect"), { code }));
    expect(failure?.sentence ?? "").not.toContain("PostgreSQL");
  }
});
