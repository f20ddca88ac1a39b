import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { databaseOfPostgres } from "../../../../apps/server/src/database/postgres/engine.js";
import { openPostgres, type Postgres } from "../../../../apps/server/src/database/postgres/postgres.js";
import { link } from "../../../../apps/server/src/features/audit/chain.js";
import { createFlood } from "../../../../apps/server/src/features/audit/flood.js";
import { openAuditStore } from "../../../../apps/server/src/features/audit/index.js";
import { createAudit } from "../../../../apps/server/src/features/audit/service.js";
import type { AuditStore } from "../../../../apps/server/src/features/audit/store.js";
import { silentLog as log } from "../../../../apps/server/src/world/log.js";
import { pooled } from "../../../support/pooled.js";
import { createDatabase, POSTGRES_MIGRATIONS } from "../../../support/postgres.js";
import { frozenClock } from "../../../support/server.js";
import { BEGINNING, event } from "./store.suite.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const ZEROS = "0".repeat(64);
const told = () => event({ action: "audit.retention", details: '{"days":30}' });
const insert = (number: number | string, rest = "") =>
  `INSERT INTO audit_entries (number, at, action, outcome, actor, hash)
    SELECT ${number}, ${41 * DAY_MS}, 'a', 'ok', 'a', 'f' ${rest}`;
const cut = (number: number) =>
  `UPDATE audit_checkpoint SET number = ${number}, hash = (SELECT hash FROM audit_entries WHERE number = ${number})`;

describe.skipIf(inject("postgresUrl") === "")("the audit log of several nodes in PostgreSQL", () => {
  let url: string;
  let nodes: Postgres[];
  let store: AuditStore;
  let shell: pg.Client;
  const open = async () => {
    const node = await openPostgres({ ...pooled(url), migrations: POSTGRES_MIGRATIONS });
    nodes.push(node);
    return openAuditStore(databaseOfPostgres(node));
  };
  beforeEach(async () => {
    nodes = [];
    url = await createDatabase(inject("postgresUrl"));
    store = await open();
    await store.protect();
    shell = new pg.Client(url);
    await shell.connect();
  });
  afterEach(async () => {
    await shell.end();
    await Promise.all(nodes.map((node) => node.close()));
  });

  it("is one chain, and verified by the same program as one in SQLite", async () => {
    const stores = [store, await open(), await open()];
    const texts = ["ü\u2028\"'\\", "漢 😀", "\ud800 half", "NUL \0", "\u0001\u001f"];
    await Promise.all(
      Array.from({ length: 3000 }, (_, i) =>
        stores[i % 3]?.append(() => [event({ atMs: 1_000 + i, userAgent: `${texts[i % 5]} ${i}` })]),
      ),
    );
    const audit = createAudit({ store, clock: frozenClock(), log, flood: createFlood(0), days: 0 });
    expect(await audit.verify()).toMatchObject({ whole: true, count: 3000 });
  });

  it("shows what a user has changed who may switch off the triggers", async () => {
    await store.append(() => Array.from({ length: 9 }, () => event()));
    const audit = createAudit({ store, clock: frozenClock(), log, flood: createFlood(0), days: 0 });
    const changed = async (statement: string) => {
      await shell.query("BEGIN; ALTER TABLE audit_entries DISABLE TRIGGER ALL");
      await shell.query(statement);
      await shell.query("ALTER TABLE audit_entries ENABLE TRIGGER ALL; COMMIT");
      return audit.verify();
    };
    const wrong = await changed("UPDATE audit_entries SET actor = 'boris' WHERE number = 7");
    expect(wrong).toEqual({ whole: false, number: 7, fault: "changed" });
    const gone = await changed("DELETE FROM audit_entries WHERE number = 4");
    expect(gone).toEqual({ whole: false, number: 4, fault: "missing" });
  });

  describe("with tables that are protected", () => {
    // Entries of days 1, 2, 3, 20 and 40; thirty days are kept. The first two were deleted.
    beforeEach(async () => {
      await store.retain(30, told);
      await store.append(() => [1, 2, 3, 20, 40].map((day) => event({ atMs: day * DAY_MS })));
      expect(await store.deleteOlder({ nowMs: 40 * DAY_MS, limit: 10 })).toBe(2);
    });

    const refused = [
      "UPDATE audit_entries SET actor = 'nobody'",
      "UPDATE audit_entries SET number = 9 WHERE number = 5",
      "DELETE FROM audit_entries",
      "DELETE FROM audit_entries WHERE number = 3",
      "TRUNCATE audit_entries",
      insert(7),
      insert(2),
      insert(-1),
      insert("6 + i", "FROM generate_series(1, 3) AS i"),
      insert("6 + 2 * i", "FROM generate_series(0, 3) AS i"),
      `${insert(4)} ON CONFLICT (number) DO UPDATE SET actor = 'nobody'`,
      cut(3),
      cut(4),
      cut(5),
      "UPDATE audit_checkpoint SET number = 0",
      "UPDATE audit_checkpoint SET hash = 'f00'",
      "UPDATE audit_checkpoint SET id = 2",
      "DELETE FROM audit_checkpoint",
      "TRUNCATE audit_checkpoint",
      `INSERT INTO audit_checkpoint VALUES (2, 5, '${ZEROS}')`,
      "UPDATE audit_retention SET days = 1",
      "UPDATE audit_retention SET id = 2",
      "DELETE FROM audit_retention",
      "TRUNCATE audit_retention",
      "INSERT INTO audit_retention VALUES (2, 1)",
    ];
    it("refuses what an append-only log does not need", async () => {
      for (const statement of refused) {
        await expect(shell.query(statement), statement).rejects.toThrow("the audit log is append-only");
      }
    });

    it("accepts what follows the newest entry", async () => {
      await shell.query(insert("6 + i", "FROM generate_series(0, 3) AS i"));
      expect((await store.head()).number).toBe(9);
    });

    it("protects them again at the next start, and writes only if something was missing", async () => {
      const version = async () =>
        (await shell.query("SELECT xmin, tgname FROM pg_trigger ORDER BY tgname")).rows;
      const before = await version();
      await store.protect();
      expect(await version()).toEqual(before);
      await shell.query("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_stay");
      await shell.query("DROP TRIGGER audit_entries_follow ON audit_entries");
      await shell.query(`CREATE OR REPLACE FUNCTION latchkey_audit_entries_remain() RETURNS trigger
        LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`);
      await Promise.all([store, await open(), await open()].map((each) => each.protect()));
      for (const statement of [
        insert(7),
        "UPDATE audit_entries SET actor = 'nobody'",
        "DELETE FROM audit_entries",
      ]) {
        await expect(shell.query(statement)).rejects.toThrow("the audit log is append-only");
      }
    });
  });

  it("refuses a first checkpoint of another number, with another hash, or over entries that are young", async () => {
    await store.retain(30, told);
    await store.append(() => [1, 15, 40].map((day) => event({ atMs: day * DAY_MS })));
    for (const values of [
      `VALUES (2, 1, '${ZEROS}')`,
      `VALUES (1, 1, '${ZEROS}')`,
      "SELECT 1, 2, hash FROM audit_entries",
    ]) {
      const insertion = shell.query(`INSERT INTO audit_checkpoint ${values}`);
      await expect(insertion, values).rejects.toThrow("the audit log is append-only");
    }
  });

  it("gives an entry that had to wait for its turn the time of the one before, but no other", async () => {
    for (const atMs of [100_000, 99_000, 95_000, 94_999, 94_998]) await store.append(() => [event({ atMs })]);
    const entries = await store.walk({ after: 0, limit: 9 });
    expect(entries.map(({ atMs }) => atMs)).toEqual([100_000, 100_000, 100_000, 94_999, 94_999]);
    let last = BEGINNING;
    for (const entry of entries) {
      expect(entry.hash).toBe(link(entry, last));
      last = entry;
    }
  });
});
