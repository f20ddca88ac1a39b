import { and, asc, count, eq, gt, ne, or, sql } from "drizzle-orm";
import { ChangeRefused } from "../../database/change.js";
import { countedVersion, createRowCache, NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange, type WriteOptions } from "../../database/sqlite/sqlite.js";
import { atOnce } from "../../world/awaitable.js";
import { sqliteUserInsertion } from "./insertion.sqlite.js";
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
import type { Account, AccountStore, Changed, NewAccount } from "./store.js";
import { accountChanges, accountKeys, columnsOf, isActing, userInfo, users } from "./tables.sqlite.js";
import { ACCOUNT_FIELDS, accountOf } from "./user.js";

/** On a full disk, existing users take precedence. */
const INSERTION: WriteOptions = { ...NOTHING_KEPT, canWait: true };
const KEYED_FIELDS = ["id", "uuid", "email", "username", "emailKey", "usernameKey"] as const;
/** Matches text with a character that is not printable ASCII. */
const NOT_ASCII = "*[^ -~]*";
/** Matches text with a blank other than U+0020. */
const OTHER_BLANK = "*[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*";
const isUnusual = or(
  sql`${users.emailKey} glob ${NOT_ASCII}`,
  sql`${users.usernameKey} glob ${OTHER_BLANK}`,
  sql`${users.usernameKey} glob '*  *'`,
);

/** Accounts in SQLite. */
export function sqliteAccountStore(sqlite: Sqlite): AccountStore {
  const { reader, writer } = sqlite;
  const accounts = (database = reader) =>
    database.select(columnsOf(ACCOUNT_FIELDS)).from(users).innerJoin(userInfo, eq(userInfo.userId, users.id));
  const byUuid = accounts()
    .where(eq(users.uuid, sql.placeholder("uuid")))
    .prepare();
  const byEmailKey = accounts()
    .where(eq(users.emailKey, sql.placeholder("key")))
    .prepare();
  const byUsernameKey = accounts()
    .where(eq(users.usernameKey, sql.placeholder("key")))
    .prepare();
  const byIdInTransaction = accounts(writer)
    .where(eq(users.id, sql.placeholder("id")))
    .prepare();
  const byUuidInTransaction = accounts(writer)
    .where(eq(users.uuid, sql.placeholder("uuid")))
    .prepare();
  const insertUser = sqliteUserInsertion(sqlite);
  // `get` takes the first row. With a bound LIMIT SQLite would recompile the statement at every call.
  const otherAdmin = writer
    .select({ id: users.id })
    .from(users)
    .where(and(isActing, ne(users.id, sql.placeholder("id"))))
    .prepare();
  /**
   * Asked inside the transaction that removes an administrator, so that two at once cannot both remove the
   * last.
   */
  const isLastAdmin = ({ id }: Account) => otherAdmin.get({ id }) === undefined;
  // Most commits are of sessions: an account is kept over those, whichever process made them.
  const changes = reader.select({ count: accountChanges.count }).from(accountChanges).prepare();
  const version = countedVersion(sqlite.version, () =>
    // Without a row there is no count: NaN never equals itself, so nothing is kept.
    sqlite.read(() => changes.get()?.count ?? Number.NaN),
  );
  const cache = createRowCache<string, Account | undefined>(version, { isSmall });
  const load = (uuid: string) => sqlite.read(() => byUuid.get({ uuid }));

  const holders = (database: typeof reader) =>
    database
      .select({ uuid: users.uuid, emailKey: users.emailKey, usernameKey: users.usernameKey })
      .from(users)
      .where(
        and(
          or(
            eq(users.emailKey, sql.placeholder("emailKey")),
            eq(users.usernameKey, sql.placeholder("usernameKey")),
          ),
          ne(users.id, sql.placeholder("exceptId")),
        ),
      )
      .prepare();
  const holdersNow = holders(reader);
  const holdersInTransaction = holders(writer);
  /** Most changes set no name, so that there is nothing to look up. */
  const takenNames = (
    query: typeof holdersNow,
    keys: Partial<Pick<NewAccount, "emailKey" | "usernameKey">>,
    exceptId = 0,
  ) => {
    const { emailKey = null, usernameKey = null } = keys;
    if (emailKey === null && usernameKey === null) return undefined;
    return takenBy(query.all({ emailKey, usernameKey, exceptId }), keys);
  };

  const update = (
    id: number,
    values: RowValues,
    { updatedAtMs, sessionEpoch, factorGeneration }: Account,
  ) => {
    const { firstName, lastName, phoneNumber, ...columns } = values;
    writer
      .update(users)
      .set({ ...columns, updatedAtMs, sessionEpoch, factorGeneration })
      .where(eq(users.id, id))
      .run();
    if (firstName === undefined && lastName === undefined && phoneNumber === undefined) return;
    // `undefined` values stay unchanged.
    writer.update(userInfo).set({ firstName, lastName, phoneNumber }).where(eq(userInfo.userId, id)).run();
  };

  return {
    insert: (account, also) =>
      sqlite.write((add) => {
        const taken = takenNames(holdersInTransaction, account);
        if (taken !== undefined) return { taken };
        const record = newRecord(account);
        const inserted = accountOf({ id: insertUser(record), ...record });
        add(also?.(inserted));
        return { inserted };
      }, INSERTION),

    taken: async (keys) =>
      sqlite.read(() => takenNames(holdersNow, keys) ?? { email: false, username: false }),
    findByUuid: atOnce((uuid) => cache.get(uuid, load)),
    findByEmailKey: async (key) => sqlite.read(() => byEmailKey.get({ key })),
    findByUsernameKey: async (key) => sqlite.read(() => byUsernameKey.get({ key })),
    endAllSessions: () =>
      sqlite.write(
        () =>
          writer
            .update(users)
            .set({ sessionEpoch: sql`${users.sessionEpoch} + 1` })
            .run().changes,
      ),
    countActingAdmins: async () =>
      sqlite.read(() => reader.select({ admins: count() }).from(users).where(isActing).get()?.admins ?? 0),
    // Compare-and-set in one statement: of two simultaneous renewals the first one wins.
    renewHash: (id, { from, to }) =>
      sqlite.write(() => {
        writer
          .update(users)
          .set({ hashedPassword: to })
          .where(and(eq(users.id, id), eq(users.hashedPassword, from)))
          .run();
      }),

    keyForm: async () => sqlite.read(() => reader.select().from(accountKeys).get()?.form ?? 0),
    setKeyForm: (form) =>
      sqlite.write(
        () => writer.update(accountKeys).set({ form }).where(ne(accountKeys.form, form)).run().changes > 0,
      ),
    listUnusual: async ({ afterId, limit }) =>
      sqlite.read(() =>
        reader
          .select(columnsOf(KEYED_FIELDS))
          .from(users)
          .where(and(gt(users.id, afterId), isUnusual))
          .orderBy(asc(users.id))
          .limit(limit)
          .all(),
      ),
    replaceKeys: ({ id, emailKey, usernameKey }, keys) =>
      sqlite.write(() => {
        const [holder] = holdersInTransaction.all({ ...keys, exceptId: id });
        if (holder !== undefined) return { uuid: holder.uuid };
        const isSame = and(eq(users.emailKey, emailKey), eq(users.usernameKey, usernameKey));
        writer
          .update(users)
          .set(keys)
          .where(and(eq(users.id, id), isSame))
          .run();
        return undefined;
      }, NOTHING_KEPT),

    change: (id, change, also) =>
      sqlite.write((add): Changed => {
        const before = byIdInTransaction.get({ id });
        if (before === undefined) return { refused: "gone" };
        if (!meetsConditions(before, change)) return { refused: "changed meanwhile" };
        const values = rowValues(before, change);
        if (values === undefined) return { refused: "foreign address" };
        const taken = takenNames(holdersInTransaction, values, id);
        if (taken !== undefined) return { taken };
        const after = changedAccount(before, values, change);
        if (takesAdmin(before, after) && isLastAdmin(before)) return { refused: "last admin" };
        update(id, values, after);
        add(also?.({ before, after }));
        return { changed: after };
      }),

    requiring: ({ id, sessionEpoch }) =>
      sqliteChange(() => {
        if (byIdInTransaction.get({ id })?.sessionEpoch !== sessionEpoch) throw new ChangeRefused();
      }),

    delete: (uuid, also) =>
      sqlite.write((add) => {
        const account = byUuidInTransaction.get({ uuid });
        if (account === undefined) return "gone";
        if (takesAdmin(account) && isLastAdmin(account)) return "last admin";
        add(also?.(account));
        writer.delete(users).where(eq(users.id, account.id)).run();
        return "deleted";
      }),
  };
}
