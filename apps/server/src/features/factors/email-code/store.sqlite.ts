import { and, desc, eq, gt, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { NOTHING_KEPT } from "../../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../../database/sqlite/sqlite.js";
import { CLOCK_TOLERANCE_MS } from "../../../world/times.js";
import { users } from "../../accounts/tables.sqlite.js";
import { MOST_TRIES } from "./rules.js";
import type { CodeStore } from "./store.js";
import { signInCodes as codes } from "./tables.sqlite.js";

/** Mailed codes in SQLite. */
export function sqliteCodeStore(sqlite: Sqlite): CodeStore {
  const { reader, writer } = sqlite;
  const isThere = (userId: number) =>
    writer.select({ id: users.id }).from(users).where(eq(users.id, userId)).get() !== undefined;
  const isFrom = (ticketHash: string) => eq(codes.ticketHash, ticketHash);

  return {
    insert: (code, also) =>
      sqlite.write((add) => {
        writer.insert(codes).values(code).run();
        add(also);
      }, NOTHING_KEPT),

    put: (code, also) =>
      sqlite.write((add) => {
        if (!isThere(code.userId)) return;
        const { ticketHash: _, ...set } = code;
        writer.insert(codes).values(code).onConflictDoUpdate({ target: codes.ticketHash, set }).run();
        add(also);
      }, NOTHING_KEPT),

    find: async (ticketHash) =>
      sqlite.read(() => {
        const found = reader
          .select({ code: codes, subject: users.uuid })
          .from(codes)
          .leftJoin(users, eq(users.id, codes.userId))
          .where(isFrom(ticketHash))
          .get();
        return found && { ...found.code, subject: found.subject };
      }),

    waiting: async (addressKey, { nowMs, limit }) =>
      sqlite.read(() =>
        reader
          .select({ ticketHash: codes.ticketHash, expiresAtMs: codes.expiresAtMs })
          .from(codes)
          .where(
            and(
              eq(codes.addressKey, addressKey),
              isNull(codes.userId),
              gt(codes.expiresAtMs, nowMs),
              lte(codes.createdAtMs, nowMs + CLOCK_TOLERANCE_MS),
            ),
          )
          .orderBy(desc(codes.createdAtMs))
          .limit(limit)
          .all(),
      ),

    write: (owner, written) =>
      sqlite.write(() => {
        if (!isThere(owner.userId)) return;
        for (const { ticketHash, ...hashes } of written) {
          writer
            .update(codes)
            .set({ ...owner, ...hashes })
            .where(and(isFrom(ticketHash), isNull(codes.userId)))
            .run();
        }
      }, NOTHING_KEPT),

    judge: ({ ticketHash, kind, hash, nowMs, spends }) =>
      sqlite.write(() => {
        const isRight = sql<number>`${kind === "code" ? codes.codeHash : codes.linkHash} = ${hash}`;
        const [judged] = writer
          .update(codes)
          .set({
            tries: sql`${codes.tries} + CASE WHEN ${isRight} THEN 0 ELSE 1 END`,
            spentAtMs: sql`CASE WHEN ${isRight} AND ${spends ? 1 : 0} THEN ${nowMs} END`,
          })
          .where(
            and(
              isFrom(ticketHash),
              isNull(codes.spentAtMs),
              lt(codes.tries, MOST_TRIES),
              gt(codes.expiresAtMs, nowMs),
              lte(codes.createdAtMs, nowMs + CLOCK_TOLERANCE_MS),
            ),
          )
          .returning({ isRight })
          .all();
        if (judged === undefined) return "over";
        return judged.isRight === 1 ? "right" : "wrong";
      }, NOTHING_KEPT),

    spending: (ticketHash, atMs) =>
      sqliteChange(() => {
        const { changes } = writer
          .update(codes)
          .set({ spentAtMs: atMs })
          .where(and(isFrom(ticketHash), isNull(codes.spentAtMs)))
          .run();
        if (changes === 0) throw new ChangeRefused();
      }),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ ticketHash: codes.ticketHash })
          .from(codes)
          .where(or(lte(codes.expiresAtMs, nowMs), gt(codes.createdAtMs, nowMs + CLOCK_TOLERANCE_MS)))
          .limit(limit);
        return writer.delete(codes).where(inArray(codes.ticketHash, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
