import { and, eq, gt, inArray, lte, or } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { tryTask } from "../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import { columnList, type Statement } from "../../database/postgres/statement.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import type { SignInStep, SignInStore } from "./store.js";
import { signIns } from "./tables.postgres.js";

const STATEMENTS = {
  /** Holds the account until the commit, so that it is not deleted in between. */
  insert: {
    name: "sign_ins_insert",
    text: `
      WITH owner AS (SELECT id FROM users WHERE id = $2 FOR KEY SHARE)
      INSERT INTO sign_ins (hash, user_id, epoch, factor_generation, methods, step, lifetime, device, network,
          tries, created_at, expires_at)
        SELECT $1, id, $3::integer, $4::bigint, $5, $6, $7, $8, $9, $10::integer, $11::bigint, $12::bigint
          FROM owner RETURNING hash`,
  },
  find: {
    name: "sign_ins_find",
    text: `SELECT ${columnList(signIns, { of: "s" })}, u.uuid FROM sign_ins s JOIN users u ON u.id = s.user_id
      WHERE s.hash = $1`,
  },
  countTry: {
    name: "sign_ins_count_try",
    text: "UPDATE sign_ins SET tries = tries + 1 WHERE hash = $1 AND tries < $2 RETURNING hash",
  },
  take: { name: "sign_ins_take", text: "DELETE FROM sign_ins WHERE hash = $1 RETURNING hash" },
} as const satisfies Record<string, Statement>;

/** Sign-ins in progress in PostgreSQL. */
export function postgresSignInStore(postgres: Postgres): SignInStore {
  return {
    insert: (step) =>
      postgres.write(async ({ query }) => {
        const { hash, userId, epoch, factorGeneration, methods, lifetime, device, network } = step;
        const values = [hash, userId, epoch, factorGeneration, methods, step.step, lifetime, device, network];
        const times = [step.tries, step.createdAtMs, step.expiresAtMs];
        return (await query(STATEMENTS.insert, [...values, ...times])).length > 0;
      }),

    async find(hash) {
      const [found] = await postgres.query<SignInStep & { readonly uuid: string }>(STATEMENTS.find, [hash]);
      return found;
    },

    countTry: (hash, most) =>
      postgres.write(async ({ query }) => (await query(STATEMENTS.countTry, [hash, most])).length > 0),

    taking: (hash) =>
      postgresChange(async ({ query }) => {
        if ((await query(STATEMENTS.take, [hash])).length === 0) throw new ChangeRefused();
      }),

    enrolled: (hash, now) =>
      postgresChange(async ({ database }) => {
        const { rowCount } = await database
          .update(signIns)
          .set({ ...now, step: "enrolled" })
          .where(and(eq(signIns.hash, hash), eq(signIns.step, "enrol")));
        if (rowCount === 0) throw new ChangeRefused();
      }),

    deleteOver: ({ nowMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "sign-ins"))) return 0;
        const isFromFuture = gt(signIns.createdAtMs, nowMs + CLOCK_TOLERANCE_MS);
        const over = database
          .select({ hash: signIns.hash })
          .from(signIns)
          .where(or(lte(signIns.expiresAtMs, nowMs), isFromFuture))
          .limit(limit);
        return (await database.delete(signIns).where(inArray(signIns.hash, over))).rowCount ?? 0;
      }),
  };
}
