import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, notInArray, or } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { tryTask } from "../../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../../database/postgres/postgres.js";
import { columnList } from "../../../database/postgres/statement.js";
import { users } from "../../accounts/tables.postgres.js";
import type { TotpFactor, TotpStore } from "./store.js";
import { totpFactors } from "./tables.postgres.js";

const LIST = {
  name: "totp_factors_of",
  text: `SELECT ${columnList(totpFactors)} FROM totp_factors
    WHERE user_id = $1 AND confirmed_at IS NOT NULL ORDER BY created_at, id`,
};
const SPEND = {
  name: "spend_totp_step",
  text: `UPDATE totp_factors SET last_step = $3, last_used_at = $4 WHERE id = $1 AND last_step = $2 RETURNING id`,
};

/** Authenticator apps in PostgreSQL. */
export function postgresTotpStore(postgres: Postgres): TotpStore {
  const is = ({ id, userId }: Pick<TotpFactor, "id" | "userId">) =>
    and(eq(totpFactors.id, id), eq(totpFactors.userId, userId));

  return {
    listOf: (userId) => postgres.query<TotpFactor>(LIST, [userId]),

    find: (factor) =>
      postgres.read(async (database) => (await database.select().from(totpFactors).where(is(factor)))[0]),

    begin: (factor, mostPending) =>
      postgres.write(async ({ database }) => {
        const { userId } = factor;
        // Held until the commit, so that no two keep more than the most, and no deletion overlooks this one.
        const [owner] = await database
          .select({ id: users.id })
          .from(users)
          .where(eq(users.id, userId))
          .for("no key update");
        if (owner === undefined) return false;
        await database.insert(totpFactors).values(factor);
        const isPending = and(eq(totpFactors.userId, userId), isNull(totpFactors.confirmedAtMs));
        const newest = database
          .select({ id: totpFactors.id })
          .from(totpFactors)
          .where(isPending)
          .orderBy(desc(totpFactors.createdAtMs), desc(totpFactors.id))
          .limit(mostPending);
        await database.delete(totpFactors).where(and(isPending, notInArray(totpFactors.id, newest)));
        return true;
      }),

    confirmation: (factor, { lastStep, atMs, most }) =>
      postgresChange(async ({ database }) => {
        // The account's row is locked by the change that this belongs to.
        const others = await database
          .select({ id: totpFactors.id })
          .from(totpFactors)
          .where(and(eq(totpFactors.userId, factor.userId), isNotNull(totpFactors.confirmedAtMs)));
        if (others.length >= most) throw new ChangeRefused();
        const { rowCount } = await database
          .update(totpFactors)
          .set({ confirmedAtMs: atMs, lastStep })
          .where(and(is(factor), isNull(totpFactors.confirmedAtMs)));
        if (rowCount === 0) throw new ChangeRefused();
      }),

    spend: ({ id }, { from, to, atMs }) =>
      postgres.write(async ({ query }) => (await query(SPEND, [id, from, to, atMs])).length > 0),

    rename: (factor, name) =>
      postgres.write(async ({ database }) => {
        const isCounted = and(is(factor), isNotNull(totpFactors.confirmedAtMs));
        return ((await database.update(totpFactors).set({ name }).where(isCounted)).rowCount ?? 0) > 0;
      }),

    deletionOf: (factor) =>
      postgresChange(async ({ database }) => {
        if ((await database.delete(totpFactors).where(is(factor))).rowCount === 0) throw new ChangeRefused();
      }),

    listSecrets: (afterId, limit) =>
      postgres.read((database) =>
        database
          .select({ id: totpFactors.id, secret: totpFactors.secret })
          .from(totpFactors)
          .where(gt(totpFactors.id, afterId))
          .orderBy(asc(totpFactors.id))
          .limit(limit),
      ),

    replaceSecret: ({ id }, { from, to }) =>
      postgres.write(async ({ database }) => {
        const isSame = and(eq(totpFactors.id, id), eq(totpFactors.secret, from));
        return ((await database.update(totpFactors).set({ secret: to }).where(isSame)).rowCount ?? 0) > 0;
      }),

    deletePending: ({ beforeMs, afterMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "authenticator apps"))) return 0;
        const isOver = or(lt(totpFactors.createdAtMs, beforeMs), gt(totpFactors.createdAtMs, afterMs));
        const over = database
          .select({ id: totpFactors.id })
          .from(totpFactors)
          .where(and(isNull(totpFactors.confirmedAtMs), isOver))
          .limit(limit);
        return (await database.delete(totpFactors).where(inArray(totpFactors.id, over))).rowCount ?? 0;
      }),
  };
}
