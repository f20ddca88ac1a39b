import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DatabaseUnavailable } from "../../../../apps/server/src/database/availability.js";
import { type Change, together } from "../../../../apps/server/src/database/change.js";
import { sqliteChange } from "../../../../apps/server/src/database/sqlite/write.js";
import {
  createWriteQueue,
  type WriteQueue,
} from "../../../../apps/server/src/database/sqlite/write-queue.js";

/** A disk that takes as long as the test wants. */
function slowDisk() {
  let waiting: ((error: unknown) => void) | undefined;
  let begun = 0;
  const end = (error?: Error) => {
    const callback = waiting;
    waiting = undefined;
    callback?.(error);
  };
  return {
    begun: () => begun,
    end,
    begin(callback: (error: unknown) => void) {
      waiting = callback;
      begun++;
    },
    isRunning: () => waiting !== undefined,
    finish: () => end(),
    close: () => {},
  };
}

let path: string;
let connection: Database.Database;
let disk: ReturnType<typeof slowDisk>;
let queue: WriteQueue;
beforeEach(() => {
  path = join(tmpdir(), `latchkey-queue-${randomUUID()}.db`);
  connection = new Database(path);
  connection.pragma("journal_mode = WAL");
  connection.exec("CREATE TABLE note (text TEXT NOT NULL UNIQUE)");
  disk = slowDisk();
  queue = createWriteQueue(connection, { disk, forgetAll: () => {}, isScarce: () => false });
});
afterEach(() => {
  connection.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
const notes = () => connection.prepare("SELECT text FROM note ORDER BY rowid").pluck().all();
/** A write, and its outcome so far. */
const insert = (text: string, options = {}) => {
  const state = { outcome: "waits" };
  const written = queue
    .write(() => connection.exec(`INSERT INTO note VALUES ('${text}')`), options)
    .then(
      () => {
        state.outcome = "acknowledged";
      },
      (error) => {
        state.outcome = error instanceof DatabaseUnavailable ? "UNAVAILABLE" : error.code;
      },
    );
  return Object.assign(state, { written });
};

describe("a write that must not be lost", () => {
  it("is acknowledged when it is on disk, and visible from its commit on", async () => {
    const write = insert("a");
    await turn();
    expect(notes()).toEqual(["a"]);
    expect(write.outcome).toBe("waits");
    disk.end();
    await write.written;
    expect(write.outcome).toBe("acknowledged");
  });

  it("shares the next commit, and its wait for the disk, with all that come while the disk is busy", async () => {
    const first = insert("a");
    await turn();
    const later = [insert("b"), insert("c")];
    await turn();
    later.push(insert("d"));
    await turn();
    expect(notes()).toEqual(["a"]);
    disk.end();
    await first.written;
    await turn();
    expect(notes()).toEqual(["a", "b", "c", "d"]);
    expect(disk.begun()).toBe(2);
    expect(later.map(({ outcome }) => outcome)).toEqual(["waits", "waits", "waits"]);
    disk.end();
    await Promise.all(later.map(({ written }) => written));
    expect(later.map(({ outcome }) => outcome)).toEqual(["acknowledged", "acknowledged", "acknowledged"]);
  });

  it("is refused if the disk refuses it, and the next one is not", async () => {
    const write = insert("a");
    await turn();
    disk.end(Object.assign(new Error("i/o error"), { code: "EIO" }));
    await write.written;
    expect(write.outcome).toBe("UNAVAILABLE");
    expect(queue.isWriting()).toBe(false);
    await insert("lost", { mayBeLost: true }).written;
    expect(queue.isWriting()).toBe(false);
    const next = insert("b");
    await turn();
    disk.end();
    await next.written;
    expect(next.outcome).toBe("acknowledged");
    expect(queue.isWriting()).toBe(true);
  });

  it("is told of its own error at once", async () => {
    const [good, bad] = [insert("a"), insert("a")];
    await turn();
    expect([good.outcome, bad.outcome]).toEqual(["waits", "SQLITE_CONSTRAINT_UNIQUE"]);
  });

  it("is refused at once if 10,000 are waiting for a stalled disk", async () => {
    const writes = Array.from({ length: 10_000 }, (_, i) => insert(String(i)));
    await turn();
    const refused = insert("one more");
    await refused.written;
    expect(refused.outcome).toBe("UNAVAILABLE");
    while (writes.some(({ outcome }) => outcome === "waits")) {
      disk.end();
      await turn();
    }
    expect(writes.every(({ outcome }) => outcome === "acknowledged")).toBe(true);
    expect(notes()).toHaveLength(10_000);
  });
});

describe("a change included in a write", () => {
  const inserting = (text: string, committed = () => {}) =>
    sqliteChange(() => void connection.exec(`INSERT INTO note VALUES ('${text}')`), committed);
  const insertWith = (text: string, also: Change) =>
    queue.write((add) => {
      connection.exec(`INSERT INTO note VALUES ('${text}')`);
      add(also);
      add(undefined);
    });

  it("is committed with it, and is told before any caller is", async () => {
    const heard: string[] = [];
    const both = together(
      inserting("b", () => heard.push("b")),
      inserting("c", () => heard.push("c")),
    );
    const written = insertWith("a", both).then(() => heard.push("a"));
    await turn();
    expect([notes(), heard]).toEqual([
      ["a", "b", "c"],
      ["b", "c"],
    ]);
    disk.end();
    await written;
    expect(heard).toEqual(["b", "c", "a"]);
  });

  it("undoes it if it fails, and is told nothing, while the next write succeeds", async () => {
    const heard: string[] = [];
    const neighbour = insert("taken");
    const failing = together(
      inserting("b", () => heard.push("b")),
      inserting("taken", () => heard.push("taken")),
    );
    await expect(insertWith("a", failing)).rejects.toThrow("UNIQUE");
    disk.end();
    await neighbour.written;
    expect([notes(), heard]).toEqual([["taken"], []]);
  });
});

describe("a stalled disk", () => {
  afterEach(() => void vi.useRealTimers());

  it("is detected, and costs new callers nothing but a refusal", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const first = insert("a");
    await turn();
    vi.advanceTimersByTime(1999);
    expect(queue.isWriting()).toBe(true);
    vi.advanceTimersByTime(2);
    expect(queue.isWriting()).toBe(false);
    const refused = insert("b");
    await refused.written;
    expect(refused.outcome).toBe("UNAVAILABLE");
    disk.end();
    await first.written;
    expect([first.outcome, queue.isWriting()]).toEqual(["acknowledged", true]);
  });
});

describe("closing", () => {
  it("runs and acknowledges all waiting writes, and refuses later ones", async () => {
    const writes = Array.from({ length: 600 }, (_, i) => insert(String(i)));
    queue.close();
    const late = insert("late");
    await Promise.all([...writes, late].map(({ written }) => written));
    expect(writes.every(({ outcome }) => outcome === "acknowledged")).toBe(true);
    expect(late.outcome).toBe("UNAVAILABLE");
    expect(notes()).toHaveLength(600);
  });

  it("refuses the writes for which another process does not release its lock", async () => {
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    connection.pragma("busy_timeout = 0");
    const write = insert("a");
    queue.close();
    await write.written;
    expect(write.outcome).toBe("UNAVAILABLE");
    other.close();
  });
});

describe("while many write", () => {
  /** A group of several was committed, and the disk has it. */
  beforeEach(async () => {
    const several = [insert("x"), insert("y")];
    await turn();
    disk.end();
    await Promise.all(several.map(({ written }) => written));
  });
  const added = () => notes().slice(2);

  it("a group waits as long as each turn brings more for it, and shares one commit", async () => {
    insert("a");
    await turn();
    insert("b");
    await turn();
    insert("c");
    await turn();
    expect(added()).toEqual([]);
    await turn();
    expect(added()).toEqual(["a", "b", "c"]);
    expect(disk.begun()).toBe(2);
  });

  it("a group is committed in the end though every turn brings more for it", async () => {
    const first = insert("0", { mayBeLost: true });
    for (let i = 1; first.outcome === "waits"; i++) {
      insert(String(i), { mayBeLost: true });
      await turn();
    }
    expect(first.outcome).toBe("acknowledged");
  });

  it("a write that comes by itself waits for one turn, and the next one for none", async () => {
    const first = insert("a", { mayBeLost: true });
    await turn();
    await turn();
    expect(first.outcome).toBe("acknowledged");
    const second = insert("b", { mayBeLost: true });
    await turn();
    expect(second.outcome).toBe("acknowledged");
  });
});

describe("a write that may be lost", () => {
  it("waits for its commit only, alone or among others", async () => {
    const alone = insert("a", { mayBeLost: true });
    await turn();
    expect(alone.outcome).toBe("acknowledged");
    expect(disk.begun()).toBe(0);
    const [lost, sure] = [insert("b", { mayBeLost: true }), insert("c")];
    await turn();
    expect([lost.outcome, sure.outcome]).toEqual(["acknowledged", "waits"]);
    expect(disk.begun()).toBe(1);
  });
});
