import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { freePort } from "../../support/port.js";
import { createDatabase, createMigrated, dropDatabase } from "../../support/postgres.js";
import { login, registerUser, send, signUp } from "../../support/rest.js";
import { frozenClock, startServer } from "../../support/server.js";
import { newOperator, type Operator, PASSWORD } from "./command.js";

const HASH = "$2b$12$qiau.Hgz1GW4/IytWjFRy.ODUA4mlAtbB5dqsrDUP/iBx4kcMuVIS";

describe.skipIf(inject("postgresUrl") === "")("on PostgreSQL, the command", () => {
  let url: string;
  let operator: Operator;
  beforeEach(async () => {
    url = await createMigrated(inject("postgresUrl"));
    operator = await newOperator(url);
  });
  afterEach(async () => {
    await operator.leave();
    await dropDatabase(url);
  });

  const psql = async (...statements: string[]) => {
    const client = new pg.Client(url);
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  const examine = async (environment = {}) => {
    const { exitCode, stdout } = await operator.run(["doctor", "--json"], { environment });
    const { findings } = JSON.parse(stdout);
    return {
      exitCode,
      of: (check: string) => findings.find((each: { check: string }) => each.check === check),
    };
  };

  it("administers users, keys, invitations and the audit log beside a running server", async () => {
    const server = await startServer({ clock: frozenClock(Date.now()), databasePath: url });
    const { user } = await operator.json(["users", "create", "--email", "ada@example.com"], {
      stdin: PASSWORD,
    });
    const token = await login(server, "ada@example.com", PASSWORD);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
    await operator.json(["users", "disable", "ada@example.com", "--reason", "test"]);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
    await operator.json(["users", "enable", "ada@example.com"]);
    await operator.json(["users", "edit", "ada@example.com", "--first-name", "Ada"]);
    expect((await operator.json(["users", "list", "--prefix", "ada"])).users).toMatchObject([
      { uuid: user.uuid, firstName: "Ada", role: "user" },
    ]);
    await operator.json(["users", "invite", "eve@example.com"]);
    expect((await operator.json(["users", "invitations"])).invitations).toMatchObject([
      { email: "eve@example.com" },
    ]);
    await operator.json(["users", "withdraw", "eve@example.com"]);
    await operator.json(["keys", "rotate"]);
    expect((await operator.json(["keys", "list"])).keys).toHaveLength(2);
    const mails = await operator.json(["mail", "list"]);
    expect(mails.mails).toEqual(expect.any(Array));
    await operator.json(["users", "delete", "ada@example.com", "--yes"]);
    expect(await operator.json(["audit", "verify"])).toMatchObject({ whole: true });
    const { entries } = await operator.json(["audit", "list", "--action", "admin.users.disable"]);
    expect(entries).toMatchObject([{ actor: "operator", subject: user.uuid }]);
    await server.close();
  });

  it("imports users, refuses what cannot be one, and exports them again", async () => {
    const file = join(operator.folder, "users.csv");
    await writeFile(file, `email,username,password_hash\nbob@example.com,bob,${HASH}\nbroken,,\n`);
    const trial = await operator.run(["users", "import", file, "--dry-run"]);
    expect([trial.exitCode, trial.stdout]).toEqual([3, expect.stringContaining("Would import 1 user")]);
    expect((await operator.json(["users", "list"])).users).toEqual([]);
    const imported = await operator.run(["users", "import", file]);
    expect([imported.exitCode, imported.stdout]).toEqual([3, expect.stringContaining("Imported 1 user")]);
    for (const format of ["csv", "jsonl", "sqlite"]) {
      const { exitCode, stdout } = await operator.run([
        "users",
        "export",
        "--format",
        format,
        `out.${format}`,
      ]);
      expect([exitCode, stdout]).toEqual([
        0,
        `Exported 1 users to out.${format}.\n`.replace("1 users", "1 user"),
      ]);
    }
  });

  it("names PostgreSQL's own tools for a backup, and says how to restore one", async () => {
    const { stderr: backup } = await operator.run(["backup", "copy.db"]);
    expect(backup).toContain("pg_dump");
    const { stderr: restore, exitCode } = await operator.run(["restore", "copy.db"]);
    expect([exitCode, restore]).toEqual([1, expect.stringContaining("`latchkey users end-all-sessions`")]);
  });

  it("ends the sessions of all accounts, which a restored database needs, on every node at once", async () => {
    const [one, other] = [await startServer({ databasePath: url }), await startServer({ databasePath: url })];
    const { token } = await signUp(one);
    const isAccepted = async () =>
      (await Promise.all([one, other].map((node) => send(node, "GET", "/api/users/me", { token })))).map(
        ({ status }) => status,
      );
    expect(await isAccepted()).toEqual([200, 200]);
    const refused = await operator.run(["users", "end-all-sessions"]);
    expect(refused.exitCode).toBe(2);
    expect(await isAccepted()).toEqual([200, 200]);
    expect(await operator.json(["users", "end-all-sessions", "--yes"])).toEqual({ accounts: 1 });
    expect(await isAccepted()).toEqual([401, 401]);
    const { entries } = await operator.json(["audit", "list", "--action", "admin.users.end_all_sessions"]);
    expect(entries).toHaveLength(1);
    await Promise.all([one.close(), other.close()]);
  });

  it("says why PostgreSQL does not answer", async () => {
    const away = `postgres://latchkey@127.0.0.1:${await freePort()}/latchkey`;
    const { exitCode, stderr } = await operator.run(["users", "list"], {
      environment: { DATABASE_URL: away },
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("PostgreSQL refuses connections")]);
  });

  it("doctor finds a database in use sound, and says how many nodes PostgreSQL has room for", async () => {
    const server = await startServer({ clock: frozenClock(Date.now()), databasePath: url });
    await registerUser(server);
    const { exitCode, of } = await examine();
    expect(exitCode).toBe(0);
    for (const check of ["database", "rights", "database-clock", "pooler", "changes", "migrations", "audit"])
      expect([check, of(check)?.state]).toEqual([check, "ok"]);
    expect(of("connections").message).toContain("enough for 19 nodes like this one");
    // The tests' cluster does not wait for its disk.
    expect(of("durability")).toMatchObject({ state: "warning", advice: expect.stringContaining("fsync") });
    expect((await examine({ WORKERS: "11" })).of("connections").state).toBe("warning");
    expect((await examine({ WORKERS: "20" })).of("connections").state).toBe("fault");
    await server.close();
  });

  it("doctor says that migrations are missing, or are of a newer version", async () => {
    await psql("INSERT INTO migrations (hash, created_at) VALUES ('of tomorrow', 1)");
    expect((await examine()).of("migrations").state).toBe("fault");
    await psql("DELETE FROM migrations");
    expect((await examine()).of("migrations").state).toBe("warning");
  });

  it("doctor says which rights are missing", async () => {
    const limited = Object.assign(new URL(url), { username: `limited_${process.pid}` }).href;
    const { username } = new URL(limited);
    await psql(
      `CREATE ROLE ${username} LOGIN`,
      "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${username}`,
    );
    const reads = await examine({ DATABASE_URL: limited });
    expect([reads.exitCode, reads.of("rights").state]).toEqual([1, "fault"]);
    await psql(`GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${username}`);
    expect((await examine({ DATABASE_URL: limited })).of("rights").state).toBe("warning");
    await psql(`DROP OWNED BY ${username}`, `DROP ROLE ${username}`);
  });

  it("doctor tells a database that is read-only, and one of another encoding", async () => {
    const { pathname } = new URL(url);
    await psql(`ALTER DATABASE ${pathname.slice(1)} SET default_transaction_read_only = on`);
    const { exitCode, of } = await examine();
    expect([exitCode, of("database").state]).toEqual([1, "fault"]);
    const latin = await createDatabase(inject("postgresUrl"), "ENCODING 'LATIN1' TEMPLATE template0");
    const found = (await examine({ DATABASE_URL: latin })).of("database");
    expect(found).toMatchObject({ state: "fault", message: expect.stringContaining("not encoded in UTF-8") });
    await dropDatabase(latin);
  });

  it("doctor warns if old changes are not deleted", async () => {
    await psql(
      "INSERT INTO changes (n, tag, kind, id, at) SELECT nextval('changes_n'), 0, 'a', '', 0 FROM generate_series(1, 500001) AS n",
    );
    expect((await examine()).of("changes")).toMatchObject({
      state: "warning",
      message: expect.stringContaining("500,002"),
    });
  });

  it("doctor notices a pooler that the settings do not name", async () => {
    const { port } = new URL(url);
    const pooler = createServer((socket) => {
      const upstream = connect(Number(port), "127.0.0.1");
      upstream.on("data", (bytes) => socket.write(withOtherProcess(bytes)));
      socket.pipe(upstream);
      for (const end of [socket, upstream])
        end
          .on("error", () => {})
          .on("close", () => {
            socket.destroy();
            upstream.destroy();
          });
    }).listen(await freePort(), "127.0.0.1");
    await once(pooler, "listening");
    const address = pooler.address();
    const through = Object.assign(new URL(url), {
      port: typeof address === "object" ? String(address?.port) : "",
    }).href;
    const found = await examine({ DATABASE_URL: through });
    expect([found.exitCode, found.of("pooler").state]).toEqual([1, "fault"]);
    const named = await examine({ DATABASE_URL: through, DATABASE_POOLER: "transaction" });
    expect([named.exitCode, named.of("pooler").state]).toEqual([0, "ok"]);
    pooler.close();
  });

  const bouncer = spawnSync("pgbouncer", ["--version"], { encoding: "utf8" });
  it.skipIf(bouncer.status !== 0)("doctor tells a PgBouncer that loses prepared statements", async () => {
    const folder = await mkdtemp(join(tmpdir(), "latchkey-bouncer-"));
    const { port: upstream, pathname } = new URL(url);
    const name = pathname.slice(1);
    const port = await freePort();
    const settings = [
      "[databases]",
      `${name} = host=127.0.0.1 port=${upstream} dbname=${name} user=latchkey`,
      "[pgbouncer]",
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = any\npool_mode = transaction`,
      "unix_socket_dir =",
    ];
    await writeFile(join(folder, "pgbouncer.ini"), settings.join("\n"));
    const { uid } = process.getuid?.() === 0 ? { uid: 65_534 } : { uid: undefined };
    await chmod(folder, 0o755);
    const child = spawn("pgbouncer", [join(folder, "pgbouncer.ini")], {
      stdio: ["ignore", "ignore", "pipe"],
      uid,
    });
    for await (const line of child.stderr) if (String(line).includes("process up")) break;
    const through = `postgres://latchkey@127.0.0.1:${port}/${name}`;
    const plain = await examine({ DATABASE_URL: through });
    expect(plain.of("database")).toMatchObject({
      advice: expect.stringContaining("DATABASE_POOLER=transaction"),
      state: "fault",
    });
    const [, minor = 0] = /1\.(\d+)/.exec(bouncer.stdout) ?? [];
    const { of } = await examine({ DATABASE_URL: through, DATABASE_POOLER: "transaction" });
    expect(of("pooler").state).toBe(Number(minor) >= 21 ? "ok" : "fault");
    child.kill();
    await rm(folder, { recursive: true });
  });
});

/** What a server says when a client connects, with another process than the one that answers. */
function withOtherProcess(bytes: Buffer): Buffer {
  const at = bytes.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at < 0) return bytes;
  const changed = Buffer.from(bytes);
  changed.writeInt32BE(1_234_567_890, at + 5);
  return changed;
}
