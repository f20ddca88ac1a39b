import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newOperator } from "../server/cli/command.js";
import { login, send } from "../support/rest.js";
import { frozenClock, startServer } from "../support/server.js";
import { MIGRATIONS } from "../support/sqlite.js";
import { hashesIn, readRelease, releasedVersions } from "./release.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-upgrade-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("knows the first release", () => {
  expect(releasedVersions()).toContain("0.1.0");
});

describe.each(releasedVersions())("what release %s left behind", (version) => {
  const release = readRelease(version);

  it("is never changed: its migrations are the first ones, as they were", () => {
    const now = Object.entries(hashesIn(MIGRATIONS));
    const released = Object.entries(release.migrations);
    expect(now.slice(0, released.length)).toEqual(released);
    const journal = JSON.parse(readFileSync(join(MIGRATIONS, "meta/_journal.json"), "utf8"));
    const tags: string[] = journal.entries.map(({ tag }: { tag: string }) => tag);
    expect(tags.slice(0, released.length)).toEqual(released.map(([tag]) => tag));
    // The order in which they are applied is that of their times.
    const times: number[] = journal.entries.map(({ when }: { when: number }) => when);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it("is brought up to date at the start, and loses nothing", async () => {
    const databasePath = join(folder, "latchkey.db");
    const old = new Database(databasePath);
    old.pragma("journal_mode = WAL");
    old.exec(release.sql);
    expect(old.pragma("foreign_key_check")).toEqual([]);
    const lastAtMs = Number(old.prepare("SELECT max(at) FROM audit_entries").pluck().get());
    old.close();

    const operator = await newOperator(databasePath);
    const server = await startServer({ databasePath, clock: frozenClock(lastAtMs + 1000) });
    const rows = new Database(databasePath, { readonly: true });
    for (const [table, count] of Object.entries(release.rows)) {
      expect([table, rows.prepare(`SELECT count(*) FROM ${table}`).pluck().get()]).toEqual([table, count]);
    }
    expect(rows.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(rows.pragma("foreign_key_check")).toEqual([]);
    rows.close();

    const me = (token: string) => send(server, "GET", "/api/users/me", { token });
    expect((await me(release.token)).json.email).toBe(release.email);
    expect((await me(release.signedOut)).status).toBe(401);
    expect((await me(await login(server, release.email, release.password))).status).toBe(200);
    await expect(login(server, release.disabled, release.password)).rejects.toThrow();
    const { user } = await operator.json(["users", "show", release.username]);
    expect(user.role).toBe("admin");
    const { mails } = await operator.json(["mail", "list"]);
    expect(mails).toHaveLength(release.rows.mails ?? 0);
    expect(await operator.json(["audit", "verify"])).toMatchObject({ whole: true });
    await server.close();
    await operator.leave();
  });
});
