import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { abortMove } from "../../../../apps/server/src/database/move/mover.js";
import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openMailedLinkStore } from "../../../../apps/server/src/features/mailed-links/index.js";
import { insertUsers } from "../../../support/engines.js";
import { createMigrated, dropDatabase } from "../../../support/postgres.js";
import { type LocalProxy, startProxy } from "../../../support/proxy.js";
import { login, send, signUp } from "../../../support/rest.js";
import type { TestServer } from "../../../support/server.js";
import { newOperator } from "../../cli/command.js";
import { HAS_POSTGRES, type Moving, openMoving } from "./support.js";

const PHASES = ["copying", "catching up", "comparing", "ready", "switching"];
const verify = async (server: TestServer, token: string) =>
  (await send(server, "GET", "/api/auth/verify", { token })).status;
const logout = (server: TestServer, token: string) => send(server, "POST", "/api/users/logout", { token });

describe.skipIf(!HAS_POSTGRES)("a move to PostgreSQL", () => {
  let moving: Moving;
  beforeEach(async () => {
    moving = await openMoving();
  });
  afterEach(() => moving.end());
  const traces = () =>
    moving.sqlite((connection) =>
      connection.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'move*'").pluck().all(),
    );
  const tablesThere = () => moving.postgres("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");

  it("takes everything along while servers serve, and they follow by themselves", async () => {
    const [one, other] = [await moving.serve(), await moving.serve()];
    const [kept, ended] = [await signUp(one), await signUp(one)];
    await logout(other, ended.token);
    expect(await moving.move()).toMatchObject({ state: "moved" });
    for (const server of [one, other]) {
      expect(await verify(server, kept.token)).toBe(200);
      expect(await verify(server, ended.token)).toBe(401);
      expect(server.logLines.join("")).toContain("the store has moved to PostgreSQL");
    }
    const after = await signUp(other);
    expect(await login(one, after.email)).toBeTypeOf("string");
    expect(await moving.postgres("SELECT count(*)::integer AS users FROM users")).toEqual([{ users: 3 }]);
    const unchecked = "SELECT conname FROM pg_constraint WHERE NOT convalidated";
    expect(await moving.postgres(unchecked)).toEqual([]);
    const disabled = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'D'";
    expect(await moving.postgres(disabled)).toEqual([]);
    expect(await moving.move()).toMatchObject({ state: "had moved" });
  });

  it("continues wherever its mover was stopped, with all that was written meanwhile", async () => {
    const server = await moving.serve();
    const live: string[] = [];
    const dead: string[] = [];
    const write = async () => {
      const [kept, ended, deleted] = [await signUp(server), await signUp(server), await signUp(server)];
      await logout(server, ended.token);
      await send(server, "POST", "/api/users/logout", { token: live.shift() ?? ended.token });
      live.push(kept.token);
      dead.push(ended.token);
      const account = await openAccountStore(server.host.database).findByEmailKey(deleted.email);
      await openAccountStore(server.host.database).delete(account?.uuid ?? "");
      dead.push(deleted.token);
    };
    for (const phase of PHASES) {
      await write();
      const stopped = moving.move({
        onPhase: (reached) => {
          if (reached === phase) throw new Error(`stopped at ${phase}`);
        },
      });
      await expect(stopped).rejects.toThrow(`stopped at ${phase}`);
      await write();
    }
    expect(await moving.move()).toMatchObject({ state: "moved" });
    for (const token of live) expect(await verify(server, token)).toBe(200);
    for (const token of dead) expect(await verify(server, token)).toBe(401);
    const left = moving.sqlite((connection) =>
      connection.prepare("SELECT uuid FROM users ORDER BY uuid").pluck().all(),
    );
    const there = await moving.postgres("SELECT uuid FROM users ORDER BY uuid");
    expect(there.map(({ uuid }) => uuid)).toEqual(left);
  });

  it("follows names that go from one account to another while it catches up", async () => {
    const server = await moving.serve();
    const store = openAccountStore(server.host.database);
    const [a, b] = await insertUsers(server.host.database, "a", "b");
    const rename = (id: number, name: string) =>
      store.change(id, { atMs: 1, values: {}, names: { email: `${name}@x.example`, username: name } });
    const exchange = async () => {
      await rename(a?.id ?? 0, "c");
      await rename(b?.id ?? 0, "a");
      await rename(a?.id ?? 0, "b");
    };
    let exchanging: Promise<void> | undefined;
    await moving.move({
      onPhase: (phase) => {
        if (phase === "comparing") exchanging = exchange();
      },
    });
    await exchanging;
    expect((await store.findByUsernameKey("a"))?.uuid).toBe("b");
    expect((await store.findByUsernameKey("b"))?.uuid).toBe("a");
  });

  it("writes a change that was made before the switch with one that is written after it", async () => {
    const { host } = await moving.serve();
    const links = openMailedLinkStore(host.database);
    const link = { hash: "h", purpose: "p", subject: "kept", epoch: 0, email: "e", sessionId: null };
    const change = links.insertion({ ...link, createdAtMs: 0, expiresAtMs: 9 });
    await moving.move();
    const texts = { firstName: null, lastName: null, phoneNumber: null, hashedPassword: "", createdAtMs: 0 };
    const names = { uuid: "kept", email: "e", emailKey: "e", username: "e", usernameKey: "e" };
    await openAccountStore(host.database).insert({ ...names, ...texts }, () => change);
    expect(await moving.postgres("SELECT hash FROM secrets")).toEqual([{ hash: "h" }]);
    expect(await links.find("h")).toMatchObject(link);
  });

  it("gives new rows numbers that no row ever had", async () => {
    const { host } = await moving.serve();
    const [, last] = await insertUsers(host.database, "a", "b");
    await openAccountStore(host.database).delete("b");
    await moving.move();
    const [next] = await insertUsers(host.database, "c");
    expect(next?.id).toBe((last?.id ?? 0) + 1);
  });

  it("is followed by stores that are opened after it", async () => {
    const server = await moving.serve();
    const { email } = await signUp(server);
    await moving.move();
    await signUp(server);
    expect(await openAccountStore(server.host.database).findByEmailKey(email)).toMatchObject({ email });
  });

  it("closes the file to programs that know nothing of it", async () => {
    await signUp(await moving.serve());
    await moving.move();
    for (const statement of [
      "UPDATE users SET role = 'admin'",
      "DELETE FROM sessions",
      "INSERT INTO guesses VALUES ('x', 1, 1, NULL, NULL)",
    ])
      expect(() => moving.sqlite((connection) => connection.exec(statement))).toThrow("the store has moved");
  });

  it("says what PostgreSQL cannot keep, and keeps the rest of it", async () => {
    const { host } = await moving.serve();
    await insertUsers(host.database, "a", "b");
    moving.sqlite((connection) =>
      connection.prepare("UPDATE user_info SET first_name = ? WHERE id = 1").run("x\0y"),
    );
    expect(await moving.move()).toMatchObject({ withNul: { user_info: 1 } });
    expect((await openAccountStore(host.database).findByUuid("a"))?.firstName).toBe("x\uFFFDy");
  });

  it("can be rehearsed, and be given up, which leaves nothing behind", async () => {
    const server = await moving.serve();
    const { token } = await signUp(server);
    expect(await moving.move({ isRehearsal: true })).toMatchObject({ state: "rehearsed" });
    expect([traces(), await tablesThere()]).toEqual([[], []]);
    const stopped = moving.move({
      onPhase: (phase) => {
        if (phase === "comparing") throw new Error("stopped");
      },
    });
    await expect(stopped).rejects.toThrow("stopped");
    expect(traces()).not.toEqual([]);
    const stop = new AbortController().signal;
    expect(await abortMove(moving.path, stop)).toEqual({ wasThere: true, isLeft: false });
    expect(await abortMove(moving.path, stop)).toEqual({ wasThere: false, isLeft: false });
    expect([traces(), await tablesThere(), await verify(server, token)]).toEqual([[], [], 200]);
  });

  it("lets nobody use the database that it fills before it is the store", async () => {
    await signUp(await moving.serve());
    const stopped = moving.move({
      onPhase: (phase) => {
        if (phase === "comparing") throw new Error("stopped");
      },
    });
    await expect(stopped).rejects.toThrow("stopped");
    await expect(moving.serve({ databasePath: moving.url })).rejects.toMatchObject({
      code: "POSTGRES_MOVING",
    });
    await moving.move();
    expect((await moving.serve({ databasePath: moving.url })).url).toBeDefined();
  });

  it("refuses a database with rows, and leaves both as they are", async () => {
    const server = await moving.serve();
    const url = await createMigrated(inject("postgresUrl"));
    const other = await moving.serve({ databasePath: url });
    await insertUsers(other.host.database, "theirs");
    await expect(moving.move({ url })).rejects.toMatchObject({ code: "TARGET_NOT_EMPTY" });
    expect(traces()).toEqual([]);
    expect(await openAccountStore(other.host.database).findByUuid("theirs")).toBeDefined();
    expect(await verify(server, (await signUp(server)).token)).toBe(200);
    await other.close();
    await dropDatabase(url);
  });

  it("is followed by whoever starts with the old DATABASE_URL, who says so", async () => {
    const { email } = await signUp(await moving.serve());
    await moving.move();
    const late = await moving.serve();
    expect(await login(late, email)).toBeTypeOf("string");
    expect(late.logLines.join("")).toContain("Set DATABASE_URL to it");
    const operator = await newOperator(moving.path);
    const listed = await operator.run(["users", "show", email]);
    expect(listed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("Set DATABASE_URL to it") });
    expect((await operator.run(["backup", "copy.db"])).stderr).toContain("pg_dump");
    const status = await operator.json(["store", "status"]);
    expect(status.store).toMatchObject({ engine: "postgres", state: "moved" });
    expect(status.store.rows).toContainEqual({ table: "users", left: 1, now: 1 });
    await operator.leave();
  });

  it("is made, rehearsed and given up from the command line", async () => {
    const server = await moving.serve();
    const { email } = await signUp(server);
    const operator = await newOperator(moving.path);
    const move = (...words: readonly string[]) => operator.run(["store", "move", ...words]);
    expect(await move()).toMatchObject({ exitCode: 2 });
    expect(await move("--to", "mysql://x")).toMatchObject({ exitCode: 2 });
    expect(await move("--to", moving.url, "--check")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("can be moved"),
    });
    expect((await move("--abort")).stdout).toBe("There is no move to give up.\n");
    const moved = await operator.run(["store", "move", "--to", "-"], { stdin: `${moving.url}\n` });
    expect(moved).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("The store is in PostgreSQL now"),
    });
    expect(await login(server, email)).toBeTypeOf("string");
    expect(await operator.json(["audit", "verify"])).toBeDefined();
    await operator.leave();
  });

  describe("over a way that can be cut", () => {
    let proxy: LocalProxy;
    let url: string;
    beforeEach(async () => {
      const { port } = new URL(moving.url);
      proxy = await startProxy(Number(port));
      url = Object.assign(new URL(moving.url), { port: String(proxy.port) }).href;
    });
    afterEach(() => proxy.close());

    it("waits for PostgreSQL in every phase, while the servers go on", async () => {
      const server = await moving.serve();
      const { token } = await signUp(server);
      const away: boolean[] = [];
      const cut = async () => {
        await proxy.refuse();
        expect(await verify(server, token)).toBe(200);
        await proxy.accept();
      };
      let cuts = Promise.resolve();
      const outcome = await moving.move({
        url,
        tell: {
          phase: (phase) => {
            if (phase !== "switching") cuts = cuts.then(cut);
          },
          rows: () => {},
          away: (isAway) => void away.push(isAway),
        },
      });
      await cuts;
      expect(outcome).toMatchObject({ state: "moved" });
      expect(away.length % 2).toBe(0);
      expect(await verify(server, token)).toBe(200);
    });

    it("has no way back: a server that cannot reach PostgreSQL answers 503 until it can", async () => {
      const server = await moving.serve();
      const { token } = await signUp(server);
      await moving.move({ url });
      expect(await verify(server, token)).toBe(200);
      await proxy.refuse();
      expect(await verify(server, token)).toBe(503);
      await proxy.accept();
      await expect.poll(() => verify(server, token), { timeout: 5000 }).toBe(200);
    });
  });
});
