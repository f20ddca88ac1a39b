import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchChanges } from "../../../../apps/server/src/database/postgres/changes.js";
import { deleteOldChanges } from "../../../../apps/server/src/database/postgres/clean-changes.js";
import { keepRows } from "../../../../apps/server/src/database/postgres/kept-rows.js";
import type { Query } from "../../../../apps/server/src/database/postgres/statement.js";
import { createDatabase } from "../../../support/postgres.js";
import { startCluster } from "../../../support/postgres-cluster.js";
import { HAS_POSTGRES, keepSessions, loadTokens, openScene, type Scene } from "./cluster.js";

const USER = `INSERT INTO users (uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
  VALUES ('u', 'u', 'u', 'u', 'u', '', 0, 0)`;
const sessions = (from: number, to: number) => `
  INSERT INTO sessions (id, user_id, epoch, token_id, token_ends_at, created_at, last_seen_at, confirmed_at, address, expires_at)
  SELECT 's' || n, (SELECT id FROM users), 0, 'first', 0, 0, 0, 0, '', 0 FROM generate_series(${from}, ${to}) n`;
const exchange = (where: string) => `UPDATE sessions SET token_id = 'second' WHERE ${where}`;

describe.skipIf(!HAS_POSTGRES)("rows that are kept until PostgreSQL says that they changed", () => {
  let scene: Scene;
  let kept: ReturnType<typeof keepSessions>;
  beforeEach(async () => {
    scene = await openScene();
    await scene.psql(USER);
    await scene.psql(sessions(1, 3));
    kept = keepSessions(scene.postgres);
  });
  afterEach(() => scene.close());

  /** Loads the row, so that it is kept. */
  const keep = async (id = "s1") => {
    await kept.get(id);
    kept.loads.length = 0;
  };

  it("are loaded once, several with one statement", async () => {
    const first = await Promise.all(["s1", "s2", "s1", "absent"].map(kept.get));
    expect(first).toEqual(["first", "first", "first", undefined]);
    expect(kept.loads).toEqual([["s1", "s2", "absent"]]);
    await kept.get("s1");
    await kept.get("s2");
    expect(kept.loads).toHaveLength(1);
  });

  it("are never kept while they are absent", async () => {
    await keep("s4");
    await scene.psql(sessions(4, 4));
    expect(await kept.get("s4")).toBe("first");
  });

  it("show a change at the next call, made by any program, and a deletion", async () => {
    await keep("s1");
    await keep("s2");
    await scene.psql(exchange("id = 's1'"));
    expect(await kept.get("s1")).toBe("second");
    expect(await kept.get("s2")).toBe("first");
    expect(kept.loads).toEqual([["s1"]]);
    await scene.psql("DELETE FROM users");
    expect(await kept.get("s1")).toBeUndefined();
  });

  it("show a change of more rows than one look reads", async () => {
    await scene.psql(sessions(4, 3500));
    await Promise.all(Array.from({ length: 3500 }, (_, i) => kept.get(`s${i + 1}`)));
    await scene.psql(exchange("true"));
    const all = await Promise.all(Array.from({ length: 3500 }, (_, i) => kept.get(`s${i + 1}`)));
    expect(new Set(all)).toEqual(new Set(["second"]));
  });

  it("are all forgotten after a TRUNCATE", async () => {
    await keep();
    await scene.psql("TRUNCATE users CASCADE");
    expect(await kept.get("s1")).toBeUndefined();
  });

  it("show both of two changes that are committed in the other order than they began", async () => {
    await keep("s1");
    await keep("s2");
    const [one, other] = [new pg.Client(scene.url), new pg.Client(scene.url)];
    await Promise.all([one.connect(), other.connect()]);
    await one.query("BEGIN");
    await other.query("BEGIN");
    await one.query(`SELECT txid_current()`);
    await other.query(exchange("id = 's2'"));
    // Waits until the other one is committed: numbers are given in the order of commits.
    const late = one.query(exchange("id = 's1'"));
    await other.query("COMMIT");
    expect(await kept.get("s2")).toBe("second");
    await late;
    expect(await kept.get("s1")).toBe("first");
    await one.query("COMMIT");
    expect(await kept.get("s1")).toBe("second");
    await Promise.all([one.end(), other.end()]);
  });

  it("show a change that was committed while their connection was killed", async () => {
    await keep();
    await scene.kill();
    await scene.psql(exchange("id = 's1'"));
    expect(await kept.get("s1")).toBe("second");
  });

  it.each([
    ["was deleted", "DELETE FROM changes"],
    ["has another tag", "UPDATE changes SET tag = (tag + 1) % 1000"],
  ])("are all forgotten when the last known change %s, as after a restored backup", async (_, rewrite) => {
    await keep();
    await scene.psql("ALTER TABLE sessions DISABLE TRIGGER USER");
    await scene.psql(exchange("id = 's1'"));
    expect(await kept.get("s1")).toBe("first");
    await scene.psql(rewrite);
    expect(await kept.get("s1")).toBe("second");
    await scene.psql("ALTER TABLE sessions ENABLE TRIGGER USER");
    await scene.psql("UPDATE sessions SET token_id = 'third'");
    expect(await kept.get("s1")).toBe("third");
  });

  it("are all forgotten when another server answers", async () => {
    const other = await openScene();
    await other.psql(USER);
    await other.psql(sessions(1, 1));
    await other.psql("UPDATE sessions SET token_id = 'elsewhere'");
    // What a failover or a pooler does to a connection.
    let current = scene.postgres;
    const rows = keepRows<string>(
      watchChanges((statement, values) => current.query(statement, values)),
      {
        kind: "s",
        load: (ids) => loadTokens(current.query, ids),
      },
    );
    expect(await rows.get("s1")).toBe("first");
    current = other.postgres;
    expect(await rows.get("s1")).toBe("elsewhere");
    await other.close();
  });

  it("are all forgotten when a promoted standby answers, which lacks what was loaded last", async () => {
    const primary = await startCluster();
    const before = await openScene({ url: await createDatabase(primary.url) });
    await before.psql(USER);
    await before.psql(sessions(1, 1));
    const standby = await primary.follow("standby");
    let current = before.postgres;
    const query: Query = (statement, values) => current.query(statement, values);
    let beforeLoading = async () => {};
    const rows = keepRows<string>(watchChanges(query), {
      kind: "s",
      async load(ids) {
        await beforeLoading();
        return loadTokens(query, ids);
      },
    });
    // Committed on the primary alone, after the look of the request that loads it.
    beforeLoading = async () => void (await before.psql(exchange("id = 's1'")));
    expect(await rows.get("s1")).toBe("second");

    await before.close();
    await primary.remove();
    await standby.start();
    await standby.query("SELECT pg_promote()");
    const after = await openScene({ url: `${standby.url}/${new URL(before.url).pathname.slice(1)}` });
    current = after.postgres;
    beforeLoading = async () => {};
    expect(await rows.get("s1")).toBe("first");
    await after.close();
    await standby.remove();
  });

  it("never show what was before a change, whose log is read by many while they are loaded", async () => {
    const ids = ["s1", "s2", "s3"];
    let newest = 0;
    const isRunning = { value: true };
    const writer = (async () => {
      for (let n = 1; n <= 150; n++) {
        await scene.psql(`UPDATE sessions SET token_id = '${n}'`);
        newest = n;
      }
      isRunning.value = false;
    })();
    let stale = 0;
    let reads = 0;
    const reader = async (id: string) => {
      while (isRunning.value) {
        const committed = newest;
        const row = await kept.get(id);
        reads++;
        if (Number(row) < committed) stale++;
      }
    };
    await Promise.all([writer, ...Array.from({ length: 30 }, (_, i) => reader(ids[i % 3] ?? ""))]);
    expect({ stale, isEnough: reads > 1000 }).toEqual({ stale: 0, isEnough: true });
  });
});

it("does not keep what was loaded before a change that became known first", async () => {
  let answer = (_rows: ReadonlyMap<string, string>) => {};
  let forget = (_id: string | undefined) => {};
  const watch = {
    look: async () => {},
    onChange: (_: string, listener: typeof forget) => {
      forget = listener;
    },
  };
  const rows = keepRows<string>(watch, {
    kind: "s",
    load: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  /** The load is sent in the turn after the one that asks for it. */
  const turn = async () => {
    for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve));
  };
  for (const changed of ["s1", undefined]) {
    const early = rows.get("s1");
    await turn();
    forget(changed);
    answer(new Map([["s1", "old"]]));
    expect(await early).toBe("old");
    const late = rows.get("s1");
    await turn();
    answer(new Map([["s1", "new"]]));
    expect(await late).toBe("new");
    forget("s1");
  }
});

describe.skipIf(!HAS_POSTGRES)("the log of changes", () => {
  it("is cleaned of what is old, in several pieces, and keeps its newest row", async () => {
    const scene = await openScene();
    await scene.psql(
      "INSERT INTO changes SELECT nextval('changes_n'), 1, 's', 'x', 0 FROM generate_series(1, 25)",
    );
    await scene.psql("UPDATE changes SET at = 0");
    const numbers = async () =>
      (await scene.psql<{ n: string }>("SELECT n FROM changes WHERE kind <> 'r'")).map(({ n }) => Number(n));
    const newest = Math.max(...(await numbers()));
    const clean = () => scene.postgres.write(({ query }) => deleteOldChanges(query, 10));
    expect([await clean(), await clean(), await clean(), await clean()]).toEqual([10, 10, 5, 0]);
    expect(await numbers()).toEqual([newest]);
    await scene.psql("INSERT INTO changes (n, tag, kind, id) SELECT nextval('changes_n'), 1, 's', 'x'");
    expect([await clean(), await clean()]).toEqual([1, 0]);
    expect(await numbers()).toEqual([newest + 1]);
    await scene.close();
  });
});
