import { and, asc, desc, eq, gt, gte, lt, lte, ne, type SQL, sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { lock, tryTask } from "../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import { protectAudit } from "./guards.postgres.js";
import { BEGINNING, linkedEnd, searchTooOld, storable } from "./rules.js";
import type { AuditEvent, AuditFilter, AuditPoint, AuditStore } from "./store.js";
import { auditCheckpoint, auditEntries, auditRetention } from "./tables.postgres.js";

const ROWS_PER_PAGE = 1000;
const APPEND = {
  name: "append_audit",
  text: "SELECT latchkey_append_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
};
const PLACE = { number: auditEntries.number, hash: auditEntries.hash };

type Events = () => readonly AuditEvent[];

/** The audit log in PostgreSQL, which makes the chain itself: the hashes are those of `chain.ts`. */
export function postgresAuditStore(postgres: Postgres): AuditStore {
  const lane = postgres.lane<Events, undefined>(async (all, query) => {
    await query(APPEND, valuesOf(all.flatMap((events) => events())));
    return all.map(() => undefined);
  });

  return {
    protect: () => protectAudit(postgres),

    retain: (days, event) =>
      postgres.write(async ({ database, query }) => {
        await lock(query, "audit");
        const before = await retainedDays(database);
        if (before === days) return;
        const deletedUpTo = (await checkpointOf(database))?.number ?? 0;
        if (before !== undefined || deletedUpTo > 0) await query(APPEND, valuesOf([event(deletedUpTo)]));
        if (before !== undefined) await database.update(auditRetention).set({ days });
        else await database.insert(auditRetention).values({ id: 1, days });
      }),

    append: lane,
    addition: (events) => postgresChange(async ({ atEnd }) => atEnd(APPEND, () => valuesOf(events()))),

    head: () =>
      postgres.read(async (database) => {
        const [newest] = await database.select(PLACE).from(auditEntries).orderBy(desc(PLACE.number)).limit(1);
        return newest ?? (await checkpointOf(database)) ?? BEGINNING;
      }),
    newest: () =>
      postgres.read(async (database) => {
        const [newest] = await database.select().from(auditEntries).orderBy(desc(PLACE.number)).limit(1);
        return newest;
      }),
    checkpoint: () => postgres.read(async (database) => (await checkpointOf(database)) ?? BEGINNING),

    find: ({ filter, before, limit, lookAt }) =>
      postgres.read(async (database) => {
        // Follows one index, from the newest entry on; all other conditions are tested on each entry.
        const followed = and(lt(PLACE.number, before), indexed(filter));
        const [last] = await database
          .select({ number: PLACE.number })
          .from(auditEntries)
          .where(followed)
          .orderBy(desc(PLACE.number))
          .limit(1)
          .offset(lookAt - 1);
        const entries = await database
          .select()
          .from(auditEntries)
          .where(and(followed, gte(PLACE.number, last?.number ?? 0), ...others(filter)))
          .orderBy(desc(PLACE.number))
          .limit(limit);
        return { entries, next: entries.length === limit ? entries.at(-1)?.number : last?.number };
      }),

    walk: ({ after, limit }) =>
      postgres.read((database) =>
        database
          .select()
          .from(auditEntries)
          .where(gt(PLACE.number, after))
          .orderBy(asc(PLACE.number))
          .limit(limit),
      ),

    deleteOlder: ({ nowMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "audit"))) return 0;
        await lock(query, "audit");
        const last = await lastTooOld(database, { nowMs, limit });
        if (last === undefined) return 0;
        const { number, hash } = last;
        const moved = await database.update(auditCheckpoint).set({ number, hash });
        if (moved.rowCount === 0) await database.insert(auditCheckpoint).values({ id: 1, number, hash });
        const deleted = await database.delete(auditEntries).where(lte(PLACE.number, number));
        return deleted.rowCount ?? 0;
      }),
  };
}

function valuesOf(given: readonly AuditEvent[]): unknown[] {
  const events = given.map(storable);
  return [
    events.map(({ atMs }) => atMs),
    events.map(linkedEnd),
    events.map(({ action }) => action),
    events.map(({ outcome }) => outcome),
    events.map(({ actor }) => actor),
    events.map(({ subject }) => subject),
    events.map(({ address }) => address),
    events.map(({ userAgent }) => userAgent),
    events.map(({ requestId }) => requestId),
    events.map(({ details }) => details),
  ];
}

async function checkpointOf(database: NodePgDatabase): Promise<AuditPoint | undefined> {
  const { number, hash } = auditCheckpoint;
  const [point] = await database.select({ number, hash }).from(auditCheckpoint);
  return point;
}

async function retainedDays(database: NodePgDatabase): Promise<number | undefined> {
  const [retained] = await database.select({ days: auditRetention.days }).from(auditRetention);
  return retained?.days;
}

async function lastTooOld(
  database: NodePgDatabase,
  { nowMs, limit }: Parameters<AuditStore["deleteOlder"]>[0],
): Promise<AuditPoint | undefined> {
  const { atMs } = auditEntries;
  const [newest] = await database.select({ atMs }).from(auditEntries).orderBy(desc(PLACE.number)).limit(1);
  if (newest === undefined || newest.atMs > nowMs) return undefined;
  const days = (await retainedDays(database)) ?? 0;
  const search = searchTooOld({ newestAtMs: newest.atMs, days, limit });
  for (let after = 0; ; ) {
    const page = await database
      .select({ ...PLACE, atMs })
      .from(auditEntries)
      .where(gt(PLACE.number, after))
      .orderBy(asc(PLACE.number))
      .limit(ROWS_PER_PAGE);
    const [last] = page.slice(-1);
    if (last === undefined || !page.every(search.next)) return search.last();
    after = last.number;
  }
}

function indexed({ actor, subject }: AuditFilter): SQL | undefined {
  if (subject !== undefined) return eq(auditEntries.subject, subject);
  return actor === undefined ? undefined : eq(auditEntries.actor, actor);
}

function others({ actor, action, outcome, fromMs, toMs }: AuditFilter): Array<SQL | undefined> {
  const isPart = action?.endsWith(".");
  return [
    actor === undefined ? undefined : eq(auditEntries.actor, actor),
    action === undefined || isPart ? undefined : eq(auditEntries.action, action),
    action === undefined || !isPart ? undefined : sql`starts_with(${auditEntries.action}, ${action})`,
    outcome === undefined || outcome === "failed" ? undefined : eq(auditEntries.outcome, outcome),
    outcome === "failed" ? ne(auditEntries.outcome, "ok") : undefined,
    fromMs === undefined ? undefined : gte(auditEntries.atMs, fromMs),
    toMs === undefined ? undefined : lt(auditEntries.atMs, toMs),
  ];
}
