import { and, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { withMethods } from "./rules.js";
import type { SessionStore } from "./store.js";
import { sessions } from "./tables.sqlite.js";

/** How SQLite notes in sessions that go on when they were last seen, and what was given in them. */
export function confirming(
  sqlite: Sqlite,
  forget: (id: string) => void,
): Pick<SessionStore, "see" | "confirm" | "factorGiven"> {
  const { writer } = sqlite;
  const notice = writer
    .update(sessions)
    .set({
      lastSeenAtMs: sql`${sql.placeholder("atMs")}`,
      confirmedAtMs: sql`CASE WHEN ${sessions.confirmedAtMs} > ${sql.placeholder("latestMs")}
        THEN 0 ELSE ${sessions.confirmedAtMs} END`,
      factorAtMs: sql`CASE WHEN ${sessions.factorAtMs} <= ${sql.placeholder("latestMs")}
        THEN ${sessions.factorAtMs} END`,
    })
    .where(
      and(
        eq(sessions.id, sql.placeholder("id")),
        or(
          lt(sessions.lastSeenAtMs, sql.placeholder("atMs")),
          gt(sessions.lastSeenAtMs, sql.placeholder("latestMs")),
        ),
      ),
    )
    .prepare();
  const live = (id: string) => and(eq(sessions.id, id), isNull(sessions.revokedAtMs));
  const giveFactor = (id: string, atMs: number, methods: readonly string[]): boolean => {
    const session = writer.select().from(sessions).where(live(id)).get();
    if (session === undefined) return false;
    const noted = { factorAtMs: atMs, confirmedAtMs: atMs, methods: withMethods(session, methods) };
    writer.update(sessions).set(noted).where(live(id)).run();
    return true;
  };

  return {
    see: (seen) =>
      sqlite.write(
        () => {
          for (const { id, atMs } of seen) notice.run({ id, atMs, latestMs: atMs + CLOCK_TOLERANCE_MS });
        },
        {
          forget() {
            for (const { id } of seen) forget(id);
          },
        },
      ),

    confirm: (id, atMs, factor) =>
      sqlite.write(
        () =>
          factor === undefined
            ? writer.update(sessions).set({ confirmedAtMs: atMs }).where(live(id)).run().changes > 0
            : giveFactor(id, atMs, factor),
        { forget: () => forget(id) },
      ),

    factorGiven: (id, { atMs, methods }) =>
      sqliteChange(
        () => {
          if (!giveFactor(id, atMs, methods)) throw new ChangeRefused();
        },
        () => forget(id),
      ),
  };
}
