import { sql } from "drizzle-orm";
import { bigint, char, customType, index, integer, pgTable } from "drizzle-orm/pg-core";

/** Text that is compared byte by byte: ids and keys, so that they have one order on every server. */
export const bytewise = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** A time in milliseconds, or another whole number that 32 bits may be too few for. */
export const whole = (name: string) => bigint(name, { mode: "number" });

/**
 * The log of changes: a row for each account (kind `a`) or session (`s`) that was changed or deleted, and for each
 * session that ended before its time (`r`), in the order of commits. Triggers write it, whichever program changes
 * the rows (`changes.ts`).
 */
export const changes = pgTable(
  "changes",
  {
    n: whole("n").primaryKey(),
    /** Random: recognises the row if this is still the same history. */
    tag: integer("tag").notNull(),
    kind: char("kind", { length: 1 }).notNull(),
    id: bytewise("id").notNull(),
    atMs: whole("at").notNull().default(sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`),
  },
  // Few rows are of this kind: what follows them does not read the others.
  (table) => [index("changes_ended").on(table.n).where(sql`kind = 'r'`)],
);
