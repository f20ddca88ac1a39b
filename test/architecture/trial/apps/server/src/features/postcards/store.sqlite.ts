import { count, desc, eq, inArray, lt } from "drizzle-orm";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { users } from "../accounts/tables.sqlite.js";
import { hasRoom } from "./rules.js";
import type { PostcardStore } from "./store.js";
import { postcards } from "./tables.sqlite.js";

/** Postcards in SQLite. */
export function sqlitePostcardStore(sqlite: Sqlite): PostcardStore {
  const { reader, writer } = sqlite;
  return {
    insert: (postcard, also) =>
      sqlite.write((add) => {
        const { subject } = postcard;
        const owner = writer.select({ id: users.id }).from(users).where(eq(users.uuid, subject)).get();
        if (owner === undefined) return "gone";
        const found = writer
          .select({ kept: count() })
          .from(postcards)
          .where(eq(postcards.subject, subject))
          .get();
        const kept = found?.kept ?? 0;
        if (!hasRoom(kept)) return { full: { kept } };
        writer.insert(postcards).values(postcard).run();
        add(also);
        return "kept";
      }, NOTHING_KEPT),

    listOf: async (subject) =>
      sqlite.read(() =>
        reader
          .select()
          .from(postcards)
          .where(eq(postcards.subject, subject))
          .orderBy(desc(postcards.writtenAtMs), desc(postcards.id))
          .all(),
      ),

    count: async () => sqlite.read(() => reader.select({ kept: count() }).from(postcards).get()?.kept ?? 0),

    deleteOlder: ({ thanMs, limit }) =>
      sqlite.write(() => {
        const old = writer
          .select({ id: postcards.id })
          .from(postcards)
          .where(lt(postcards.writtenAtMs, thanMs))
          .limit(limit);
        return writer.delete(postcards).where(inArray(postcards.id, old)).run().changes;
      }, NOTHING_KEPT),
  };
}
