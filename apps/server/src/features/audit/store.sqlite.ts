import { type AnyColumn, and, asc, desc, eq, gt, gte, lt, lte, ne, type SQL, sql } from "drizzle-orm";
import { placeholders } from "../../database/sqlite/placeholders.js";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { BEGINNING, chained, type DatedPoint, searchTooOld } from "./rules.js";
import type { AuditEvent, AuditFilter, AuditPoint, AuditStore, Link } from "./store.js";
import { APPEND_ONLY, auditCheckpoint, auditEntries, auditRetention } from "./tables.sqlite.js";

const ROWS_PER_PAGE = 1000;

/** The audit log in SQLite; `link` makes the chain. */
export function sqliteAuditStore(sqlite: Sqlite, link: Link): AuditStore {
  const { reader, writer } = sqlite;
  const place = { number: auditEntries.number, hash: auditEntries.hash };
  // `get` takes the first row. With a bound LIMIT SQLite would recompile the statement at every call.
  const newest = (database: typeof reader) =>
    database.select(place).from(auditEntries).orderBy(desc(auditEntries.number)).prepare();
  const passed = (database: typeof reader) =>
    database
      .select({ number: auditCheckpoint.number, hash: auditCheckpoint.hash })
      .from(auditCheckpoint)
      .prepare();
  const [newestNow, passedNow] = [newest(reader), passed(reader)];
  const [newestInTransaction, passedInTransaction] = [newest(writer), passed(writer)];
  const retained = writer.select({ days: auditRetention.days }).from(auditRetention).prepare();
  const newestTime = writer
    .select({ atMs: auditEntries.atMs })
    .from(auditEntries)
    .orderBy(desc(auditEntries.number))
    .prepare();
  const insertion = writer
    .insert(auditEntries)
    .values(
      placeholders(
        "number",
        "atMs",
        "action",
        "outcome",
        "actor",
        "subject",
        "address",
        "userAgent",
        "requestId",
        "details",
        "hash",
      ),
    )
    .prepare();

  const addition = (events: () => readonly AuditEvent[]) =>
    sqliteChange(() => {
      const last: AuditPoint = newestInTransaction.get() ?? passedInTransaction.get() ?? BEGINNING;
      for (const entry of chained(events(), last, link)) insertion.run({ ...entry });
    });

  /** Entries in order, from the oldest on, read as they are needed. */
  function* fromOldest(): Generator<DatedPoint> {
    for (let after = 0; ; ) {
      const page = writer
        .select({ ...place, atMs: auditEntries.atMs })
        .from(auditEntries)
        .where(gt(auditEntries.number, after))
        .orderBy(asc(auditEntries.number))
        .limit(ROWS_PER_PAGE)
        .all();
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.number;
    }
  }

  return {
    protect: () =>
      sqlite.write(() => {
        for (const [name, statement] of APPEND_ONLY) {
          const there = writer.get<{ sql: string }>(
            sql`SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ${name}`,
          );
          if (there?.sql === statement) continue;
          // An older version's, or one that was changed.
          writer.run(sql.raw(`DROP TRIGGER IF EXISTS ${name}`));
          writer.run(sql.raw(statement));
        }
      }),

    retain: (days, event) =>
      sqlite.write((add) => {
        const before = retained.get();
        if (before?.days === days) return;
        const deletedUpTo = passedInTransaction.get()?.number ?? 0;
        if (before !== undefined || deletedUpTo > 0) add(addition(() => [event(deletedUpTo)]));
        if (before !== undefined) writer.update(auditRetention).set({ days }).run();
        else writer.insert(auditRetention).values({ id: 1, days }).run();
      }, NOTHING_KEPT),

    addition,
    append: (events) => sqlite.write((add) => add(addition(events)), NOTHING_KEPT),

    head: async () => sqlite.read(() => newestNow.get() ?? passedNow.get() ?? BEGINNING),
    newest: async () =>
      sqlite.read(() => reader.select().from(auditEntries).orderBy(desc(auditEntries.number)).limit(1).get()),
    checkpoint: async () => sqlite.read(() => passedNow.get() ?? BEGINNING),

    find: async ({ filter, before, limit, lookAt }) =>
      sqlite.read(() => {
        // Follows an index, from the newest entry on; conditions without an index are tested on each entry.
        const walk = () =>
          reader
            .select()
            .from(auditEntries)
            .where(and(lt(auditEntries.number, before), ...indexed(filter)))
            .orderBy(desc(auditEntries.number));
        const within = walk().limit(lookAt).as("walked");
        const entries = reader
          .select()
          .from(within)
          .where(and(...others(filter, within)))
          .orderBy(desc(within.number))
          .limit(limit)
          .all();
        if (entries.length === limit) return { entries, next: entries.at(-1)?.number };
        const last = walk()
          .limit(1)
          .offset(lookAt - 1)
          .get();
        return { entries, next: last?.number };
      }),

    walk: async ({ after, limit }) =>
      sqlite.read(() =>
        reader
          .select()
          .from(auditEntries)
          .where(gt(auditEntries.number, after))
          .orderBy(asc(auditEntries.number))
          .limit(limit)
          .all(),
      ),

    deleteOlder: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const days = retained.get()?.days ?? 0;
        const newestAtMs = newestTime.get()?.atMs;
        if (newestAtMs === undefined || newestAtMs > nowMs) return 0;
        const search = searchTooOld({ newestAtMs, days, limit });
        for (const entry of fromOldest()) if (!search.next(entry)) break;
        const last = search.last();
        if (last === undefined) return 0;
        const { number, hash } = last;
        const isFirst = writer.update(auditCheckpoint).set({ number, hash }).run().changes === 0;
        if (isFirst) writer.insert(auditCheckpoint).values({ id: 1, number, hash }).run();
        return writer.delete(auditEntries).where(lte(auditEntries.number, number)).run().changes;
      }),
  };
}

function indexed({ actor, subject }: AuditFilter): SQL[] {
  const conditions = [
    actor !== undefined && eq(auditEntries.actor, actor),
    subject !== undefined && eq(auditEntries.subject, subject),
  ];
  return conditions.filter((condition) => typeof condition === "object");
}

type Columns = Readonly<Record<"action" | "outcome" | "atMs", AnyColumn>>;

function others({ action, outcome, fromMs, toMs }: AuditFilter, columns: Columns): SQL[] {
  const isPart = action?.endsWith(".");
  const conditions = [
    action !== undefined && !isPart && eq(columns.action, action),
    action !== undefined && isPart && sql`substr(${columns.action}, 1, ${action.length}) = ${action}`,
    outcome !== undefined &&
      (outcome === "failed" ? ne(columns.outcome, "ok") : eq(columns.outcome, outcome)),
    fromMs !== undefined && gte(columns.atMs, fromMs),
    toMs !== undefined && lt(columns.atMs, toMs),
  ];
  return conditions.filter((condition) => typeof condition === "object");
}
