import { type AnyColumn, and, asc, desc, eq, gt, gte, lt, lte, ne, type SQL, sql } from "drizzle-orm";
import { placeholders } from "../../database/sqlite/placeholders.js";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { BEGINNING, chained, lastTooOld } from "./rules.js";
import type { AuditEvent, AuditFilter, AuditPoint, AuditStore, Link } from "./store.js";
import { APPEND_ONLY, auditCheckpoint, auditEntries } from "./tables.sqlite.js";

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

  return {
    protect: () =>
      sqlite.write(() => {
        for (const trigger of APPEND_ONLY) writer.run(trigger);
      }),

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

    deleteOlder: ({ thanMs, limit }) =>
      sqlite.write(() => {
        const oldest = writer
          .select({ ...place, atMs: auditEntries.atMs })
          .from(auditEntries)
          .orderBy(asc(auditEntries.number))
          .limit(limit)
          .all();
        const last = lastTooOld(oldest, thanMs);
        if (last === undefined) return 0;
        const { number, hash } = last;
        writer
          .insert(auditCheckpoint)
          .values({ id: 1, number, hash })
          .onConflictDoUpdate({ target: auditCheckpoint.id, set: { number, hash } })
          .run();
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
