import { count, desc, eq, inArray, lt } from "drizzle-orm";
import type { Postgres } from "../../database/postgres/postgres.js";
import { users } from "../accounts/tables.postgres.js";
import { hasRoom } from "./rules.js";
import type { PostcardStore } from "./store.js";
import { postcards } from "./tables.postgres.js";

/** Postcards in PostgreSQL. */
export function postgresPostcardStore(postgres: Postgres): PostcardStore {
  return {
    insert: (postcard, also) =>
      postgres.write(async ({ database, add }) => {
        // The owner's row is locked: two that are added at once would not count each other.
        const [owner] = await database
          .select({ id: users.id })
          .from(users)
          .where(eq(users.uuid, postcard.subject))
          .for("no key update");
        if (owner === undefined) return "gone";
        const [found] = await database
          .select({ kept: count() })
          .from(postcards)
          .where(eq(postcards.subject, postcard.subject));
        const kept = found?.kept ?? 0;
        if (!hasRoom(kept)) return { full: { kept } };
        await database.insert(postcards).values(postcard);
        await add(also);
        return "kept";
      }),

    listOf: (subject) =>
      postgres.read((database) =>
        database
          .select()
          .from(postcards)
          .where(eq(postcards.subject, subject))
          .orderBy(desc(postcards.writtenAtMs), desc(postcards.id)),
      ),

    count: () =>
      postgres.read(async (database) => {
        const [found] = await database.select({ kept: count() }).from(postcards);
        return found?.kept ?? 0;
      }),

    deleteOlder: ({ thanMs, limit }) =>
      postgres.write(async ({ database }) => {
        const old = database
          .select({ id: postcards.id })
          .from(postcards)
          .where(lt(postcards.writtenAtMs, thanMs))
          .limit(limit);
        const { rowCount } = await database.delete(postcards).where(inArray(postcards.id, old));
        return rowCount ?? 0;
      }),
  };
}
