import { and, desc, eq, gt, inArray, isNull, lte, or } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { tryTask } from "../../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../../database/postgres/postgres.js";
import type { Transaction } from "../../../database/postgres/write.js";
import { CLOCK_TOLERANCE_MS } from "../../../world/times.js";
import { users } from "../../accounts/tables.postgres.js";
import { MOST_TRIES } from "./rules.js";
import type { CodeStore } from "./store.js";
import { signInCodes as codes } from "./tables.postgres.js";

/** A wrong one is counted, and a right one spent if `$4` says so. */
const judging = (column: "code_hash" | "link_hash") => ({
  name: `sign_in_code_judge_${column}`,
  text: `UPDATE sign_in_codes SET
      tries = tries + CASE WHEN ${column} = $2 THEN 0 ELSE 1 END,
      spent_at = CASE WHEN ${column} = $2 AND $4 THEN $3::bigint END
    WHERE ticket_hash = $1 AND spent_at IS NULL AND tries < ${MOST_TRIES}
      AND expires_at > $3 AND created_at <= $3 + ${CLOCK_TOLERANCE_MS}
    RETURNING ${column} = $2 AS "isRight"`,
});
const JUDGE = { code: judging("code_hash"), link: judging("link_hash") } as const;

/** Mailed codes in PostgreSQL. */
export function postgresCodeStore(postgres: Postgres): CodeStore {
  /** Locked until the commit, so that the account is not deleted before. */
  const isThere = async (database: Transaction["database"], userId: number) =>
    (await database.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("key share"))
      .length > 0;

  return {
    insert: (code, also) =>
      postgres.write(async ({ database, add }) => {
        await database.insert(codes).values(code);
        await add(also);
      }),

    put: (code, also) =>
      postgres.write(async ({ database, add }) => {
        if (!(await isThere(database, code.userId))) return;
        const { ticketHash: _, ...set } = code;
        await database.insert(codes).values(code).onConflictDoUpdate({ target: codes.ticketHash, set });
        await add(also);
      }),

    find: (ticketHash) =>
      postgres.read(async (database) => {
        const [found] = await database
          .select({ code: codes, subject: users.uuid })
          .from(codes)
          .leftJoin(users, eq(users.id, codes.userId))
          .where(eq(codes.ticketHash, ticketHash));
        return found && { ...found.code, subject: found.subject };
      }),

    waiting: (addressKey, { nowMs, limit }) =>
      postgres.read((database) =>
        database
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
          .limit(limit),
      ),

    write: (owner, written) =>
      postgres.write(async ({ database }) => {
        if (!(await isThere(database, owner.userId))) return;
        for (const { ticketHash, ...hashes } of written) {
          await database
            .update(codes)
            .set({ ...owner, ...hashes })
            .where(and(eq(codes.ticketHash, ticketHash), isNull(codes.userId)));
        }
      }),

    judge: ({ ticketHash, kind, hash, nowMs, spends }) =>
      postgres.write(async ({ query }) => {
        const [judged] = await query<{ isRight: boolean }>(JUDGE[kind], [ticketHash, hash, nowMs, spends]);
        if (judged === undefined) return "over";
        return judged.isRight ? "right" : "wrong";
      }),

    spending: (ticketHash, atMs) =>
      postgresChange(async ({ database }) => {
        const { rowCount } = await database
          .update(codes)
          .set({ spentAtMs: atMs })
          .where(and(eq(codes.ticketHash, ticketHash), isNull(codes.spentAtMs)));
        if (rowCount === 0) throw new ChangeRefused();
      }),

    deleteOver: ({ nowMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "sign-in codes"))) return 0;
        const over = database
          .select({ ticketHash: codes.ticketHash })
          .from(codes)
          .where(or(lte(codes.expiresAtMs, nowMs), gt(codes.createdAtMs, nowMs + CLOCK_TOLERANCE_MS)))
          .limit(limit);
        return (await database.delete(codes).where(inArray(codes.ticketHash, over))).rowCount ?? 0;
      }),
  };
}
