import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newOperator, type Operator } from "./command.js";

let operator: Operator;
beforeEach(async () => {
  operator = await newOperator();
  await operator.json(["users", "list"]);
  // All within one second, as scripts do it.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 30, 3, 17) });
});
afterEach(async () => {
  vi.useRealTimers();
  await operator.leave();
});

const namesLike = async (pattern: RegExp) =>
  (await readdir(operator.folder)).filter((name) => pattern.test(name)).sort();

describe("within one second", () => {
  it("several restores each keep the database that they replace", async () => {
    await operator.json(["backup", "good.db"]);
    const replaced: string[] = [];
    for (let i = 0; i < 12; i++)
      replaced.push((await operator.json(["restore", "good.db"])).restored.replaced);
    expect(new Set(replaced).size).toBe(12);
    expect(await namesLike(/replaced-20261130T031700Z(-\d+)?$/)).toHaveLength(12);
    // What is in the way may belong to a log only.
    await writeFile(`${operator.databasePath}.replaced-20261130T031700Z-13-wal`, "another's");
    const { restored } = await operator.json(["restore", "good.db"]);
    expect(restored.replaced).toMatch(/Z-14$/);
    const log = `${operator.databasePath}.replaced-20261130T031700Z-13-wal`;
    expect(await readFile(log, "utf8")).toBe("another's");
  });

  it("several backups in one folder each get a name, and --keep deletes the oldest of them", async () => {
    const files: string[] = [];
    for (let i = 0; i < 11; i++) files.push((await operator.json(["backup", "."])).backup.file);
    expect(new Set(files).size).toBe(11);
    const { backup } = await operator.json(["backup", ".", "--keep", "2"]);
    expect(backup.deleted).toEqual(files.slice(0, 10));
    expect(await namesLike(/^latchkey-.*Z(-\d+)?\.db$/)).toHaveLength(2);
    vi.setSystemTime(Date.UTC(2026, 10, 30, 3, 18));
    const later = await operator.json(["backup", ".", "--keep", "1"]);
    expect(later.backup.deleted).toEqual([files[10], backup.file]);
  });
});

it("makes several backups at the same time in one folder, each complete", async () => {
  const runs = await Promise.all(Array.from({ length: 4 }, () => operator.spawn(["backup", ".", "--json"])));
  expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(runs.map(() => [0, ""]));
  const files = runs.map(({ stdout }) => JSON.parse(stdout).backup.file);
  expect(new Set(files).size).toBe(4);
  for (const file of files) {
    expect((await operator.run(["backup", "verify", file])).exitCode).toBe(0);
  }
  expect(await namesLike(/unfinished/)).toEqual([]);
});

it("removes what a killed command has left, but not what a running one is writing", async () => {
  const left = join(operator.folder, "copy.db.4194305.unfinished");
  const running = join(operator.folder, `copy.db.${process.ppid}.unfinished`);
  await writeFile(left, "");
  await writeFile(running, "");
  expect((await operator.run(["backup", "copy.db"])).exitCode).toBe(0);
  expect(await namesLike(/unfinished/)).toEqual([`copy.db.${process.ppid}.unfinished`]);
});
