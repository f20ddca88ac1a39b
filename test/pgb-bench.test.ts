import pg from "pg";
import { expect, inject, it } from "vitest";
import { databaseOfPostgres } from "../apps/server/src/database/postgres/engine.js";
import { openPostgres } from "../apps/server/src/database/postgres/postgres.js";
import { openAuditStore } from "../apps/server/src/features/audit/index.js";
import { openLimitStore } from "../apps/server/src/features/limits/index.js";
import { openMailStore } from "../apps/server/src/features/outbox/index.js";
import { createDatabase, POSTGRES_MIGRATIONS } from "./support/postgres.js";
import { event } from "./server/features/audit/store.suite.js";

it("bench", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  const nodes = [];
  for (let i = 0; i < 3; i++) nodes.push(await openPostgres({ url, migrations: POSTGRES_MIGRATIONS }));
  const dbs = nodes.map(databaseOfPostgres);
  const out: string[] = [];
  const loop = async (name: string, conc: number, ms: number, run: (i: number) => Promise<unknown>) => {
    let n = 0;
    const lat: number[] = [];
    const end = performance.now() + ms;
    const c0 = process.cpuUsage();
    await Promise.all(Array.from({ length: conc }, async () => {
      while (performance.now() < end) { const t = performance.now(); await run(n++); lat.push(performance.now() - t); }
    }));
    const c = process.cpuUsage(c0); lat.sort((a, b) => a - b);
    out.push(`${name}: ${(n / ms * 1000).toFixed(0)}/s p50 ${lat[n >> 1]?.toFixed(1)} p99 ${lat[Math.floor(n * 0.99)]?.toFixed(1)} node µs ${((c.user + c.system) / n).toFixed(0)}`);
  };
  const audits = dbs.map(openAuditStore);
  await audits[0]!.protect();
  let t = Date.now();
  await loop("audit append 1 node x32", 32, 3000, () => audits[0]!.append(() => [event({ atMs: t++ })]));
  await loop("audit append 3 nodes x96", 96, 3000, (i) => audits[i % 3]!.append(() => [event({ atMs: t++ })]));
  await loop("audit addition 1 node x8", 8, 3000, () => nodes[0]!.write((tx) => tx.add(audits[0]!.addition(() => [event({ atMs: t++ })]))));
  const limits = dbs.map(openLimitStore);
  const w = () => ({ nowMs: 1000, endsAtMs: 900_000, era: "x", begunUptimeMs: 1 });
  const six = (i: number, lim = 1e9) => ["n", "s", `a${i % 500}`, `b${i % 500}`, `c${i % 5000}`, `d${i % 5000}`].map((id) => ({ id, limit: lim }));
  await loop("take six buckets 1 node x32", 32, 3000, (i) => limits[0]!.take(six(i), w()));
  await loop("take six buckets 3 nodes x96", 96, 3000, (i) => limits[i % 3]!.take(six(i), w()));
  await loop("take+giveBack 3 nodes x32", 32, 3000, async (i) => { const x = await limits[i % 3]!.take(six(i), w()); if ("counted" in x) await limits[i % 3]!.giveBack(x.counted); });
  await loop("take refused 3 nodes x32", 32, 3000, (i) => limits[i % 3]!.take(six(i, 1), w()));
  await loop("take one at a time", 1, 2000, (i) => limits[0]!.take(six(i), w()));
  const shell = new pg.Client(url); await shell.connect();
  await shell.query(`INSERT INTO mails (id, recipient, recipient_key, template, language, asked_from, state, created_at, due_at, expires_at)
    SELECT 'm' || i, 'r' || i, 'r' || i, 't' || i % 3, 'en', CASE WHEN i < 50000 THEN 's' ELSE 's' || i % 1000 END, 'asked', 1000 + i, CASE WHEN i % 10 = 0 THEN 1000 + i ELSE 10000000 END, 99999999 FROM generate_series(1, 100000) i`);
  const stores = dbs.map(openMailStore);
  const after = { template: "", askedFrom: new Map<string, string>() };
  await loop("claim cold of 100k", 4, 3000, async (i) => { const m = await stores[i % 3]!.claim({ lease: "l", nowMs: 200_000, latestMs: 1e9, untilMs: 5_000_000, after }); if (m) { after.template = m.template; after.askedFrom.set(m.template, m.askedFrom); } });
  await shell.query("analyze");
  await loop("claim analyzed", 4, 3000, async (i) => { const m = await stores[i % 3]!.claim({ lease: "l", nowMs: 200_000, latestMs: 1e9, untilMs: 5_000_000, after }); if (m) { after.template = m.template; after.askedFrom.set(m.template, m.askedFrom); } });
  await loop("hasDue", 4, 1000, () => stores[0]!.hasDue({ nowMs: 10, latestMs: 1e9 }));
  await shell.query("ALTER TABLE audit_entries DISABLE TRIGGER ALL; TRUNCATE audit_entries");
  await shell.query(`INSERT INTO audit_entries (number, at, action, outcome, actor, subject, hash)
    SELECT i, i, 'a' || i % 50, CASE WHEN i % 3 = 0 THEN 'ok' ELSE 'E' END, CASE WHEN i % 2 = 0 THEN 'anonymous' ELSE 'u' || i % 1000 END, 'u' || i % 2000, 'h' FROM generate_series(1, 500000) i; ANALYZE audit_entries`);
  for (const filter of [{}, { actor: "anonymous" }, { subject: "u7" }, { actor: "anonymous", action: "never" }, { subject: "u8", actor: "u9" }, { action: "a3" }, { outcome: "failed", action: "a1" }]) {
    const s = performance.now(); const p = await audits[0]!.find({ filter, before: Number.MAX_SAFE_INTEGER, limit: 50, lookAt: 10000 });
    out.push(`find ${JSON.stringify(filter)}: ${(performance.now() - s).toFixed(1)} ms, ${p.entries.length}, next ${p.next}`);
  }
  for (const q of [
    "SELECT number FROM audit_entries WHERE number < 9007199254740991 AND actor = 'anonymous' ORDER BY number DESC LIMIT 1 OFFSET 9999",
    "SELECT * FROM audit_entries WHERE number < 9007199254740991 AND number >= 480000 AND actor = 'anonymous' AND action = 'never' ORDER BY number DESC LIMIT 50",
    "SELECT id FROM mails WHERE state in ('asked', 'waiting') AND (due_at <= 200000 OR due_at > 1000000000) AND template = 't1' AND asked_from > 's' ORDER BY asked_from, due_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    "SELECT id FROM mails WHERE state in ('asked', 'waiting') AND (due_at <= 10 OR due_at > 1000000000) LIMIT 1",
  ]) out.push((await shell.query("EXPLAIN (ANALYZE, BUFFERS) " + q)).rows.map((r) => r["QUERY PLAN"]).join("\n"));
  console.log(out.join("\n"));
  await shell.end();
  for (const n of nodes) await n.close();
  expect(1).toBe(1);
}, 120_000);
