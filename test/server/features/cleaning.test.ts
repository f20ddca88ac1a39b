import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readSettings } from "../../../apps/server/src/settings/read.js";
import { openFeatures } from "../../../apps/server/src/wiring/features.js";
import { declaredSettings } from "../../../apps/server/src/wiring/settings.js";
import { createSeal } from "../../../apps/server/src/world/seal.js";
import { openTestSqlite, type TestSqlite } from "../../support/sqlite.js";

let opened: TestSqlite;
beforeEach(() => {
  opened = openTestSqlite();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
  opened.close();
});

it("deletes everything that has expired, however much there is, in bounded passes", async () => {
  const database = new Database(opened.path);
  const insert = database.prepare("INSERT INTO revocations (id, revoked_at, ends_at) VALUES (?, 1, ?)");
  const fill = database.transaction(() => {
    for (let i = 0; i < 3500; i++) insert.run(`over ${i}`, 10);
    insert.run("alive", 10_000_000);
  });
  fill();
  const count = () => database.prepare("SELECT count(*) FROM revocations").pluck().get();

  const log = Object.assign(() => {}, { enabled: () => false });
  const host = {
    clock: { nowMs: () => 5_000 },
    log,
    database: opened.database,
    redis: undefined,
    metrics: undefined,
    seal: createSeal([]),
    close: async () => {},
  };
  const features = await openFeatures(host, readSettings(declaredSettings, {}), 1);
  const written = () => opened.sqlite.write(() => {});
  const counts: unknown[] = [];
  for (const pauseMs of [600_000, 1_000, 1_000, 1_000, 1_000]) {
    await vi.advanceTimersByTimeAsync(pauseMs);
    await written();
    counts.push(count());
  }
  expect(counts).toEqual([2501, 1501, 501, 1, 1]);
  await features.close();
  database.close();
});
