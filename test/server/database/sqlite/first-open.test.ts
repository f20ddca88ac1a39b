import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqlite } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { MIGRATIONS } from "../../../support/sqlite.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-first-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Holds the lock of a file for a moment: opening blocks this thread, so another one has to release it. */
const HOLDER = `
const { parentPort, workerData } = require("node:worker_threads");
const Database = require(workerData.driver);
const connection = new Database(workerData.path);
// Only this writes the first page, as the first of two starts has done when the second one comes.
connection.exec("PRAGMA auto_vacuum = INCREMENTAL; BEGIN IMMEDIATE");
parentPort.postMessage("held");
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
connection.exec(workerData.last);
connection.close();
`;

const MIGRATIONS_TABLE =
  "CREATE TABLE migrations (hash TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT";

it.each([
  ["which then creates it", `${MIGRATIONS_TABLE}; COMMIT; PRAGMA journal_mode = WAL`],
  ["which then gives up", "ROLLBACK"],
])("a new file is opened although another process is just creating it, %s", async (_, last) => {
  const path = join(folder, "latchkey.db");
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const holder = new Worker(HOLDER, { eval: true, workerData: { path, driver, last } });
  const ended = once(holder, "exit");
  await once(holder, "message");
  const sqlite = openSqlite({ path, migrations: MIGRATIONS, synchronous: "full" });
  expect(sqlite.state()).toBe("up");
  sqlite.close();
  expect(await ended).toEqual([0]);
});
