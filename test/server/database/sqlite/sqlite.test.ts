import { createHook } from "node:async_hooks";
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseUnavailable } from "../../../../apps/server/src/database/availability.js";
import {
  openSqlite,
  type Sqlite,
  type WriteOptions,
} from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { MIGRATIONS, openTestSqlite, type TestSqlite } from "../../../support/sqlite.js";

let opened: TestSqlite;
let sqlite: Sqlite;
let outside: Database.Database;
beforeEach(async () => {
  opened = openTestSqlite();
  sqlite = opened.sqlite;
  outside = new Database(opened.path);
  outside.exec("CREATE TABLE note (text TEXT NOT NULL UNIQUE)");
});
afterEach(() => {
  outside.close();
  opened.close();
});

const notes = () => outside.prepare("SELECT text FROM note ORDER BY rowid").pluck().all();
const insert = (text: string) => {
  sqlite.writer.run(`INSERT INTO note VALUES ('${text}')`);
};

/** How often threads were given work on a file. */
async function countFileWork(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init(_, type) {
      if (type === "FSREQCALLBACK") count++;
    },
  }).enable();
  try {
    await work();
    return count;
  } finally {
    hook.disable();
  }
}

describe("a write", () => {
  it("is on disk when it is acknowledged", async () => {
    const write = () => {
      insert("a");
      return "done";
    };
    expect(await sqlite.write(write)).toBe("done");
    expect(notes()).toEqual(["a"]);
  });

  it("is all or nothing, and does not undo the others of the same turn", async () => {
    const outcomes = await Promise.allSettled([
      sqlite.write(() => insert("a")),
      sqlite.write(() => {
        insert("b");
        insert("a");
      }),
      sqlite.write(() => insert("c")),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(notes()).toEqual(["a", "c"]);
  });

  it("shares a transaction with the others of its turn", async () => {
    const before = sqlite.version();
    await Promise.all(["a", "b", "c"].map((text) => sqlite.write(() => insert(text))));
    expect(sqlite.version()).toBe(before + 1);
  });

  it("waits for the disk unless it may be lost, or the database was opened that way", async () => {
    const waits = (database: Sqlite, options?: WriteOptions) =>
      countFileWork(() => database.write(() => {}, options));
    expect(await waits(sqlite)).toBe(1);
    expect(await waits(sqlite, { mayBeLost: true })).toBe(0);
    const hasty = openTestSqlite("normal");
    expect(await waits(hasty.sqlite)).toBe(0);
    hasty.close();
  });

  it("is acknowledged if the database is closed in the meantime", async () => {
    const path = `${opened.path}.closed`;
    const other = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
    const writes = [other.write(() => "waits for the disk")];
    await new Promise((resolve) => setImmediate(resolve));
    writes.push(other.write(() => "waits for its turn"));
    other.close();
    expect(await Promise.all(writes)).toEqual(["waits for the disk", "waits for its turn"]);
  });

  it("waits for another process's lock without blocking, and then succeeds", async () => {
    outside.exec("BEGIN IMMEDIATE");
    let acknowledged = false;
    const write = sqlite
      .write(() => insert("a"))
      .then(() => {
        acknowledged = true;
      });
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledged).toBe(false);
    outside.exec("COMMIT");
    await write;
    expect(notes()).toEqual(["a"]);
  });

  it("does not block the event loop again and again if the lock is held for long", async () => {
    outside.exec("BEGIN IMMEDIATE");
    const write = sqlite.write(() => insert("a"));
    await new Promise((resolve) => setTimeout(resolve, 60));
    const before = performance.eventLoopUtilization();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
    outside.exec("COMMIT");
    await write;
    expect(notes()).toEqual(["a"]);
  });

  it("is refused as unavailable if the lock is not released, and the next one succeeds", async () => {
    outside.exec("BEGIN IMMEDIATE");
    await expect(sqlite.write(() => insert("a"))).rejects.toThrow(DatabaseUnavailable);
    outside.exec("ROLLBACK");
    await sqlite.write(() => insert("b"));
    expect(notes()).toEqual(["b"]);
  });

  it("is refused as unavailable if the disk is full, loses nothing, and the next one succeeds", async () => {
    await sqlite.write(() => insert("kept"));
    const pages = Number(sqlite.writer.get<{ page_count: number }>("PRAGMA page_count")?.page_count);
    sqlite.writer.get(`PRAGMA max_page_count = ${pages}`);
    const large = sqlite.write(() => insert("x".repeat(20_000)));
    const small = sqlite.write(() => insert("neighbour"));
    await expect(large).rejects.toThrow(DatabaseUnavailable);
    await expect(small).rejects.toThrow(DatabaseUnavailable);
    expect(notes()).toEqual(["kept"]);
    expect(sqlite.state()).toBe("read-only");
    sqlite.writer.get("PRAGMA max_page_count = 1000000");
    await sqlite.write(() => insert("again"));
    expect(notes()).toEqual(["kept", "again"]);
    expect(sqlite.state()).toBe("up");
  });

  it("shows readers nothing before it is committed", async () => {
    let seen: unknown;
    await sqlite.write(() => {
      insert("a");
      seen = sqlite.reader.all("SELECT * FROM note");
    });
    expect(seen).toEqual([]);
  });
});

describe("a write that declares what it changes", () => {
  it("leaves the version unchanged, and drops rows after the commit and before the answer", async () => {
    const before = sqlite.version();
    const events: string[] = [];
    const write = sqlite.write(() => insert("a"), { forget: () => events.push(`forgets ${notes()}`) });
    await write.then(() => events.push("answers"));
    expect(events).toEqual(["forgets a", "answers"]);
    expect(sqlite.version()).toBe(before);
  });

  it("does not hide that another write of its turn declares nothing", async () => {
    const before = sqlite.version();
    await Promise.all([
      sqlite.write(() => insert("a"), { forget: () => {} }),
      sqlite.write(() => insert("b")),
    ]);
    expect(sqlite.version()).not.toBe(before);
  });

  it("does not hide what another process has committed in the meantime", async () => {
    const before = sqlite.version();
    outside.exec("INSERT INTO note VALUES ('theirs')");
    await sqlite.write(() => insert("a"), { forget: () => {} });
    expect(sqlite.version()).not.toBe(before);
  });
});

describe("the version", () => {
  it("changes when this process or another one has committed", async () => {
    const first = sqlite.version();
    await sqlite.write(() => insert("a"));
    const second = sqlite.version();
    expect(second).not.toBe(first);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sqlite.version()).toBe(second);
    outside.exec("INSERT INTO note VALUES ('b')");
    await new Promise((resolve) => setImmediate(resolve));
    expect(sqlite.version()).not.toBe(second);
  });
});

describe("opening", () => {
  it("lets no other user of the machine read the file or its side files", () => {
    for (const suffix of ["", "-wal", "-shm"]) {
      const path = opened.path + suffix;
      expect(existsSync(path)).toBe(true);
      expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
    }
  });

  it("keeps a write-ahead log, checks foreign keys and syncs at checkpoints", () => {
    const pragma = (name: string) => Object.values(sqlite.writer.get<object>(`PRAGMA ${name}`) ?? {})[0];
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("foreign_keys")).toBe(1);
    expect(pragma("synchronous")).toBe(1);
  });

  it("applies each migration once", () => {
    const count = () => outside.prepare("SELECT count(*) FROM migrations").pluck().get();
    const before = count();
    openSqlite({ path: opened.path, migrations: MIGRATIONS, synchronous: "full" }).close();
    expect(count()).toBe(before);
  });

  it("leaves a file that is not a database unchanged, and says so", () => {
    const path = `${opened.path}.txt`;
    writeFileSync(path, "not a database, but somebody's notes ".repeat(50));
    expect(() => openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" })).toThrow(
      expect.objectContaining({ code: "SQLITE_NOTADB" }),
    );
    expect(statSync(path).size).toBe(37 * 50);
  });

  const reopen = (path: string) => () =>
    openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" }).close();
  /** A copy of the database, log included, as a kill would leave it. */
  const copy = (withLog: boolean) => {
    const path = `${opened.path}.copy`;
    outside.exec(
      `INSERT INTO note SELECT hex(randomblob(500)) FROM sqlite_schema, pragma_function_list LIMIT 500`,
    );
    outside.pragma("wal_checkpoint(TRUNCATE)");
    if (withLog) outside.exec("INSERT INTO note VALUES ('in the log')");
    copyFileSync(opened.path, path);
    copyFileSync(`${opened.path}-wal`, `${path}-wal`);
    return path;
  };
  const overwrite = (path: string) => {
    const bytes = readFileSync(path);
    bytes.fill(0x5a, Math.floor(bytes.length / 8192) * 4096, Math.floor(bytes.length / 8192) * 4096 + 4096);
    writeFileSync(path, bytes);
    return bytes;
  };

  it("refuses a file that is damaged in its middle, and leaves it unchanged", () => {
    const path = copy(false);
    const before = overwrite(path);
    expect(reopen(path)).toThrow(expect.objectContaining({ code: "SQLITE_CORRUPT" }));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("refuses a file whose end is missing", () => {
    const path = copy(false);
    truncateSync(path, statSync(path).size - 1000);
    expect(reopen(path)).toThrow(expect.objectContaining({ code: "SQLITE_CORRUPT" }));
  });

  it("writes nothing from the log into a damaged file", () => {
    const path = copy(true);
    const before = overwrite(path);
    expect(reopen(path)).toThrow(expect.objectContaining({ code: "SQLITE_CORRUPT" }));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("recovers a log that a kill has left", () => {
    const path = copy(true);
    expect(reopen(path)).not.toThrow();
    const database = new Database(path, { readonly: true });
    expect(database.prepare("SELECT 1 FROM note WHERE text = 'in the log'").pluck().get()).toBe(1);
    database.close();
  });
});
