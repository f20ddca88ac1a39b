import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { DatabaseUnavailable } from "../../../../apps/server/src/database/availability.js";
import { ChangeRefused } from "../../../../apps/server/src/database/change.js";
import type { Lane } from "../../../../apps/server/src/database/postgres/lane.js";
import { postgresChange } from "../../../../apps/server/src/database/postgres/postgres.js";
import { createMigrated } from "../../../support/postgres.js";
import { type LocalProxy, startProxy } from "../../../support/proxy.js";
import { HAS_POSTGRES, keepSessions, openScene, type Scene } from "./cluster.js";

const ONE = { name: "test_one", text: "SELECT 1 AS one" };
const WRITE = {
  name: "test_write",
  text: `INSERT INTO signing_keys (kid, private_jwk, created_at)
    SELECT kid, '{}', 0 FROM unnest($1::text[]) AS kid RETURNING kid`,
};
const SLEEP = { name: "test_sleep", text: "SELECT pg_sleep($1::float8)" };
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof DatabaseUnavailable ? "unavailable" : String(error)),
  );

describe.skipIf(!HAS_POSTGRES)("PostgreSQL", () => {
  let proxy: LocalProxy;
  let scene: Scene;
  let direct: Scene;
  let insert: Lane<string, string>;
  beforeEach(async () => {
    const url = new URL(await createMigrated(inject("postgresUrl")));
    direct = await openScene({ url: url.href });
    proxy = await startProxy(Number(url.port));
    url.port = String(proxy.port);
    scene = await openScene({ url: url.href });
    insert = scene.postgres.lane(async (kids, query) => {
      const rows = await query<{ kid: string }>(WRITE, [kids]);
      return rows.map(({ kid }) => kid);
    });
  });
  afterEach(async () => {
    // Those that were stalled hold nothing up.
    await proxy.close();
    await Promise.all([scene.close(), direct.close()]);
  });
  const read = () => scene.postgres.query(ONE, []);
  const write = (kid: string) =>
    scene.postgres.write(({ query }) => query(WRITE, [[kid]])).then(() => undefined);
  const kids = async () =>
    (await direct.psql<{ kid: string }>("SELECT kid FROM signing_keys ORDER BY kid")).map(({ kid }) => kid);

  it("that ends connections costs readers and transactions nothing but time", async () => {
    await Promise.all([read(), write("a"), insert("b")]);
    await direct.psql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    expect(await Promise.all([read(), write("c")].map(outcomeOf))).toEqual(["done", "done"]);
    expect(await outcomeOf(insert("d"))).toBe("done");
  });

  it("that refuses connections for a moment is waited for, and for longer it is not", async () => {
    await read();
    await proxy.refuse();
    const early = read();
    await proxy.accept();
    expect(await outcomeOf(early)).toBe("done");
    await proxy.refuse();
    expect(await outcomeOf(read())).toBe("unavailable");
    expect(await Promise.all([read(), write("a"), insert("b")].map(outcomeOf))).toEqual(
      Array(3).fill("unavailable"),
    );
    expect(scene.postgres.state()).toBe("down");
    await proxy.accept();
    expect(await outcomeOf(read())).toBe("done");
    expect(scene.postgres.state()).toBe("up");
  });

  it("that stands still makes readers fail, and is used again as soon as it goes on", async () => {
    const kept = keepSessions(scene.postgres);
    await kept.get("s1");
    proxy.stall();
    const outcomes = await Promise.all([kept.get("s1"), kept.get("s2"), read()].map(outcomeOf));
    expect(outcomes).toEqual(Array(3).fill("unavailable"));
    expect(scene.postgres.state()).toBe("down");
    proxy.resume();
    expect(await outcomeOf(kept.get("s1"))).toBe("done");
    expect(scene.postgres.state()).toBe("up");
  });

  it("that stands still makes writes fail, all that wait in a lane at once", async () => {
    await Promise.all([insert("a"), write("b")]);
    proxy.stall();
    const first = insert("c");
    await new Promise((resolve) => setImmediate(resolve));
    const others = Array.from({ length: 600 }, (_, n) => insert(`d${n}`));
    const transactions = Array.from({ length: 30 }, (_, n) => write(`e${n}`));
    const outcomes = await Promise.all([first, ...others, ...transactions].map(outcomeOf));
    expect(new Set(outcomes)).toEqual(new Set(["unavailable"]));
    proxy.resume();
    expect(await outcomeOf(insert("f"))).toBe("done");
    expect(await outcomeOf(write("g"))).toBe("done");
  });

  it("that is lost while a transaction is open runs it again on another connection", async () => {
    let runs = 0;
    await scene.postgres.write(async ({ query }) => {
      runs++;
      await query(WRITE, [["a"]]);
      if (runs === 1) await direct.psql(END_OTHERS);
      await query(WRITE, [["b"]]);
    });
    expect([runs, await kids()]).toEqual([2, ["a", "b"]]);
  });

  it("that is lost while it commits is not asked a second time", async () => {
    let runs = 0;
    const outcome = scene.postgres.write(async ({ query }) => {
      runs++;
      await query(WRITE, [["a"]]);
      setImmediate(() => proxy.stall());
    });
    expect([await outcomeOf(outcome), runs]).toEqual(["unavailable", 1]);
  });

  it("lets one transaction of two that wait for each other run again", async () => {
    await direct.psql("INSERT INTO signing_keys VALUES ('a', '{}', 0), ('b', '{}', 0)");
    let arrived = 0;
    let meet = () => {};
    const both = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const add = {
      name: "test_add",
      text: "UPDATE signing_keys SET created_at = created_at + 1 WHERE kid = $1",
    };
    const run = (first: string, second: string) =>
      scene.postgres.write(async ({ query }) => {
        await query(add, [first]);
        if (++arrived === 2) meet();
        await both;
        await query(add, [second]);
      });
    await Promise.all([run("a", "b"), run("b", "a")]);
    const times = await direct.psql<{ at: string }>("SELECT created_at AS at FROM signing_keys");
    expect(times.map(({ at }) => Number(at))).toEqual([2, 2]);
    expect(arrived).toBe(3);
  });

  it("commits nothing of a transaction whose failed statement was ignored", async () => {
    const told: string[] = [];
    const ignoring = scene.postgres.write(async (transaction) => {
      await transaction.add(
        postgresChange(
          async ({ query }) => void (await query(WRITE, [["a"]])),
          () => told.push("a"),
        ),
      );
      await transaction.query(WRITE, [["a"]]).catch(() => {});
    });
    await expect(ignoring).rejects.toThrow("A failed transaction was to be committed");
    await expect(
      scene.postgres.write(async ({ query }) => {
        await query(WRITE, [["b"]]);
        throw new ChangeRefused();
      }),
    ).rejects.toThrow(ChangeRefused);
    expect([await kids(), told]).toEqual([[], []]);
  });

  it("writes each item of a batch by itself if one is at fault", async () => {
    await insert("a");
    const outcomes = await Promise.all(["b", "a", "c"].map((kid) => outcomeOf(insert(kid))));
    expect(outcomes).toEqual(["done", expect.stringContaining("duplicate key"), "done"]);
    expect(await kids()).toEqual(["a", "b", "c"]);
  });

  it("is asked by a bounded number of callers", async () => {
    /** How many are refused at once, before any answer can have come. */
    const refused = async (count: number, ask: (n: number) => Promise<unknown>) => {
      let refusals = 0;
      const asked = Array.from({ length: count }, (_, n) => ask(n).catch(() => refusals++));
      await new Promise((resolve) => process.nextTick(resolve));
      const early = refusals;
      await Promise.all(asked);
      return early;
    };
    expect(await refused(4100, read)).toBe(100);
    expect(await refused(10_300, (n) => insert(`k${n}`))).toBe(300);
  });

  it("ends what a stopped process holds up: a lock in an open transaction", async () => {
    await direct.psql("INSERT INTO signing_keys VALUES ('a', '{}', 0)");
    const LOCKED = { name: "test_lock", text: "SELECT kid FROM signing_keys FOR UPDATE" };
    let locked = () => {};
    const isLocked = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const stopped = outcomeOf(
      scene.postgres.write(async ({ query }) => {
        await query(LOCKED, []);
        locked();
        proxy.stall();
        await query(LOCKED, []);
      }),
    );
    await isLocked;
    expect(await outcomeOf(direct.postgres.write(({ query }) => query(LOCKED, [])))).toBe("done");
    expect(await stopped).toBe("unavailable");
  });

  it("finishes what waits when it is closed, and refuses what comes later", async () => {
    const work = [insert("a"), write("b"), read(), scene.postgres.query(SLEEP, [0.2])].map(outcomeOf);
    const closed = scene.postgres.close();
    expect(await Promise.all(work)).toEqual(["done", "done", "done", "done"]);
    await closed;
    expect(await Promise.all([insert("c"), write("d"), read()].map(outcomeOf))).toEqual(
      Array(3).fill("unavailable"),
    );
    expect(await kids()).toEqual(["a", "b"]);
  });

  it("that stands still does not keep a process from ending", async () => {
    await Promise.all([insert("a"), write("b"), read()]);
    proxy.stall();
    const work = outcomeOf(insert("c"));
    await scene.postgres.close();
    expect(await work).toBe("unavailable");
  });

  it("that became a standby or read-only can be read, and says so", async () => {
    const name = new URL(direct.url).pathname.slice(1);
    await direct.psql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await direct.psql(END_OTHERS);
    expect(await outcomeOf(read())).toBe("done");
    expect(await outcomeOf(write("a"))).toBe("unavailable");
    expect(scene.postgres.state()).toBe("read-only");
    expect(await outcomeOf(insert("b"))).toBe("unavailable");
    await direct.psql("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE");
    await direct.psql(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await direct.psql(END_OTHERS);
    expect(await outcomeOf(write("a"))).toBe("done");
    expect(scene.postgres.state()).toBe("up");
  });
});

const END_OTHERS =
  "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
