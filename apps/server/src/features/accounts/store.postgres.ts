import { and, asc, count, eq, gt, ne, or, sql } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { violatedUnique } from "../../database/postgres/failure.js";
import { lock } from "../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import type { Query, Statement } from "../../database/postgres/statement.js";
import type { Transaction } from "../../database/postgres/write.js";
import { insertUsers } from "./insertion.postgres.js";
import {
  changedAccount,
  isSmall,
  meetsConditions,
  newRecord,
  type RowValues,
  rowValues,
  takenBy,
  takesAdmin,
} from "./rules.js";
import { STATEMENTS } from "./statements.postgres.js";
import type { Account, AccountStore, Changed, Keys, Taken } from "./store.js";
import { accountKeys, columnsOf, userInfo, users } from "./tables.postgres.js";
import { accountOf } from "./user.js";

const KEYED_FIELDS = ["id", "uuid", "email", "username", "emailKey", "usernameKey"] as const;
/** Matches text with a character that is not printable ASCII. */
const NOT_ASCII = "[^ -~]";
/** Matches text with a blank other than U+0020, or with two blanks in a row. */
const OTHER_BLANK = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|  ";
const isUnusual = or(sql`${users.emailKey} ~ ${NOT_ASCII}`, sql`${users.usernameKey} ~ ${OTHER_BLANK}`);
/** How often a name may become free again while an account with it is inserted. */
const TRIES = 3;
/** How many accounts' epochs are raised in one transaction. */
const EPOCHS = 2000;

/** Accounts in PostgreSQL. */
export function postgresAccountStore(postgres: Postgres): AccountStore {
  const kept = postgres.keepRows<Account>({
    kind: "a",
    async load(uuids) {
      const accounts = await postgres.query<Account>(STATEMENTS.byUuids, [uuids]);
      return new Map(accounts.map((account) => [account.uuid, account]));
    },
    isSmall,
  });
  const find = async (statement: Statement, key: string) =>
    (await postgres.query<Account>(statement, [key]))[0];
  /** What an account's change would take from others is in the database by now, as its transaction has failed. */
  const takenAfter = async (error: unknown, id: number, keys: Partial<Keys>): Promise<Taken> => {
    const index = violatedUnique(error);
    if (index === undefined) throw error;
    const isOf = { email: index === EMAIL_INDEX, username: index === USERNAME_INDEX };
    if (!isOf.email && !isOf.username) throw error;
    return (await takenNames(postgres.query, keys, id)) ?? isOf;
  };

  return {
    insert: (account, also) =>
      postgres.write(async (transaction) => {
        const record = newRecord(account);
        for (let tries = 1; ; tries++) {
          const id = (await insertUsers(transaction.query, [record])).get(record.uuid);
          if (id !== undefined) {
            const inserted = accountOf({ id, ...record });
            await transaction.add(also?.(inserted));
            return { inserted };
          }
          const taken = await takenNames(transaction.query, account);
          if (taken !== undefined) return { taken };
          if (tries === TRIES) throw new Error("A new account conflicts with one that is not there");
        }
      }),

    taken: async (keys) => (await takenNames(postgres.query, keys)) ?? { email: false, username: false },
    findByUuid: kept.get,
    findByEmailKey: (key) => find(STATEMENTS.byEmailKey, key),
    findByUsernameKey: (key) => find(STATEMENTS.byUsernameKey, key),
    async endAllSessions() {
      let count = 0;
      // In short transactions: of a million accounts at once none would end in time.
      for (let afterId: number | undefined = 0; afterId !== undefined; ) {
        const from: number = afterId;
        const ids = await postgres.write(({ query }) =>
          query<{ id: number }>(STATEMENTS.raiseEpochs, [from, EPOCHS]),
        );
        count += ids.length;
        afterId = ids.length === 0 ? undefined : Math.max(...ids.map(({ id }) => id));
      }
      return count;
    },
    countActingAdmins: () =>
      postgres.read(async (database) => {
        const isActing = and(eq(users.role, "admin"), eq(users.disabled, false));
        const [row] = await database.select({ admins: count() }).from(users).where(isActing);
        return row?.admins ?? 0;
      }),
    renewHash: (id, { from, to }) =>
      postgres.write(async ({ query }) => {
        await query(STATEMENTS.renewHash, [id, from, to]);
      }),

    keyForm: () =>
      postgres.read(async (database) => (await database.select().from(accountKeys))[0]?.form ?? 0),
    setKeyForm: (form) =>
      postgres.write(async ({ database }) => {
        const set = await database.update(accountKeys).set({ form }).where(ne(accountKeys.form, form));
        return (set.rowCount ?? 0) > 0;
      }),
    listUnusual: ({ afterId, limit }) =>
      postgres.read((database) =>
        database
          .select(columnsOf(KEYED_FIELDS))
          .from(users)
          .where(and(gt(users.id, afterId), isUnusual))
          .orderBy(asc(users.id))
          .limit(limit),
      ),
    async replaceKeys({ id, emailKey, usernameKey }, keys) {
      const holderOf = async (query: Query) =>
        (await query<{ uuid: string }>(STATEMENTS.holders, [keys.emailKey, keys.usernameKey, id]))[0];
      try {
        return await postgres.write(async ({ query, database }) => {
          const holder = await holderOf(query);
          if (holder !== undefined) return { uuid: holder.uuid };
          const isSame = and(eq(users.emailKey, emailKey), eq(users.usernameKey, usernameKey));
          await database
            .update(users)
            .set(keys)
            .where(and(eq(users.id, id), isSame));
          return undefined;
        });
      } catch (error) {
        const holder = violatedUnique(error) === undefined ? undefined : await holderOf(postgres.query);
        if (holder === undefined) throw error;
        return { uuid: holder.uuid };
      }
    },

    async change(id, change, also) {
      let wanted: RowValues = {};
      try {
        return await postgres.write(async (transaction): Promise<Changed> => {
          const [before] = await transaction.query<Account>(STATEMENTS.lockById, [id]);
          if (before === undefined) return { refused: "gone" };
          if (!meetsConditions(before, change)) return { refused: "changed meanwhile" };
          const values = rowValues(before, change);
          if (values === undefined) return { refused: "foreign address" };
          wanted = values;
          const taken = await takenNames(transaction.query, values, id);
          if (taken !== undefined) return { taken };
          const after = changedAccount(before, values, change);
          if (takesAdmin(before, after) && (await isLastAdmin(transaction, before)))
            return { refused: "last admin" };
          await update(transaction, id, values, after);
          await transaction.add(also?.({ before, after }));
          return { changed: after };
        });
      } catch (error) {
        return { taken: await takenAfter(error, id, wanted) };
      }
    },

    requiring: ({ id, sessionEpoch }) =>
      postgresChange(async ({ query }) => {
        const [account] = await query<Account>(STATEMENTS.lockById, [id]);
        if (account?.sessionEpoch !== sessionEpoch) throw new ChangeRefused();
      }),

    delete: (uuid, also) =>
      postgres.write(async (transaction) => {
        const [account] = await transaction.query<Account>(STATEMENTS.lockByUuid, [uuid]);
        if (account === undefined) return "gone";
        if (takesAdmin(account) && (await isLastAdmin(transaction, account))) return "last admin";
        await transaction.add(also?.(account));
        await transaction.query(STATEMENTS.delete, [account.id]);
        return "deleted";
      }),
  };
}

const EMAIL_INDEX = "users_email_key_unique";
const USERNAME_INDEX = "users_username_key_unique";

/** Most changes set no name, so that there is nothing to look up. */
async function takenNames(query: Query, keys: Partial<Keys>, exceptId = 0): Promise<Taken | undefined> {
  const { emailKey = null, usernameKey = null } = keys;
  if (emailKey === null && usernameKey === null) return undefined;
  return takenBy(await query<Keys>(STATEMENTS.holders, [emailKey, usernameKey, exceptId]), keys);
}

/**
 * Asked inside the transaction that removes an administrator, one transaction at a time, so that two at once
 * cannot both remove the last.
 */
async function isLastAdmin({ query }: Transaction, { id }: Account): Promise<boolean> {
  await lock(query, "admins");
  return (await query(STATEMENTS.otherAdmin, [id])).length === 0;
}

async function update(
  { database }: Transaction,
  id: number,
  values: RowValues,
  { updatedAtMs, sessionEpoch, factorGeneration }: Account,
): Promise<void> {
  const { firstName, lastName, phoneNumber, ...columns } = values;
  await database
    .update(users)
    .set({ ...columns, updatedAtMs, sessionEpoch, factorGeneration })
    .where(eq(users.id, id));
  if (firstName === undefined && lastName === undefined && phoneNumber === undefined) return;
  // `undefined` values stay unchanged.
  await database.update(userInfo).set({ firstName, lastName, phoneNumber }).where(eq(userInfo.userId, id));
}
