import { and, eq, isNull } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { withMethods } from "./rules.js";
import type { SessionStore } from "./store.js";
import { sessions } from "./tables.sqlite.js";

/** How SQLite notes what was given in a session that goes on. */
export function confirming(
  sqlite: Sqlite,
  forget: (id: string) => void,
): Pick<SessionStore, "confirm" | "factorGiven"> {
  const { writer } = sqlite;
  const live = (id: string) => and(eq(sessions.id, id), isNull(sessions.revokedAtMs));
  const giveFactor = (id: string, atMs: number, methods: readonly string[]): boolean => {
    const session = writer.select().from(sessions).where(live(id)).get();
    if (session === undefined) return false;
    const noted = { factorAtMs: atMs, confirmedAtMs: atMs, methods: withMethods(session, methods) };
    writer.update(sessions).set(noted).where(live(id)).run();
    return true;
  };

  return {
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
