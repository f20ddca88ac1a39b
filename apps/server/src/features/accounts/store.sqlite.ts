import { and, eq, ne, or, sql } from "drizzle-orm";
import { placeholders } from "../../database/sqlite/placeholders.js";
import { countedVersion, createRowCache, NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import type { Sqlite, WriteOptions } from "../../database/sqlite/sqlite.js";
import type { Account, AccountChange, AccountStore, Changed } from "./store.js";
import { accountChanges, userInfo, users } from "./tables.sqlite.js";

/** On a full disk those who are here already come first. */
const INSERTION: WriteOptions = { ...NOTHING_KEPT, canWait: true };
/** What a new account is unless said otherwise. */
const INITIAL = {
  disabled: false,
  disabledReason: null,
  role: "user",
  language: null,
  emailVerifiedAtMs: null,
  mustChangePassword: false,
} as const;
/** Longer texts are not kept in memory. */
const MAX_KEPT_TEXT = 1000;

const userColumns = {
  id: users.id,
  uuid: users.uuid,
  email: users.email,
  username: users.username,
  hashedPassword: users.hashedPassword,
  disabled: users.disabled,
  disabledReason: users.disabledReason,
  role: users.role,
  language: users.language,
  emailVerifiedAtMs: users.emailVerifiedAtMs,
  mustChangePassword: users.mustChangePassword,
  sessionEpoch: users.sessionEpoch,
  createdAtMs: users.createdAtMs,
  updatedAtMs: users.updatedAtMs,
};
const infoColumns = {
  firstName: userInfo.firstName,
  lastName: userInfo.lastName,
  phoneNumber: userInfo.phoneNumber,
};

/** Accounts in SQLite. */
export function sqliteAccountStore(sqlite: Sqlite): AccountStore {
  const { reader, writer } = sqlite;
  const accounts = (database = reader) =>
    database
      .select({ ...userColumns, ...infoColumns })
      .from(users)
      .innerJoin(userInfo, eq(userInfo.userId, users.id));
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
  const insertUser = writer
    .insert(users)
    .values(
      placeholders(
        "uuid",
        "email",
        "emailKey",
        "username",
        "usernameKey",
        "hashedPassword",
        "disabled",
        "disabledReason",
        "role",
        "language",
        "emailVerifiedAtMs",
        "mustChangePassword",
        "createdAtMs",
        "updatedAtMs",
      ),
    )
    .returning(userColumns)
    .prepare();
  const insertInfo = writer
    .insert(userInfo)
    .values(placeholders("userId", "firstName", "lastName", "phoneNumber"))
    .prepare();
  // `get` takes the first. With a bound LIMIT SQLite would compile the statement anew at every call.
  const otherAdmin = writer
    .select({ id: users.id })
    .from(users)
    .where(and(sql`${users.role} = 'admin'`, eq(users.disabled, false), ne(users.id, sql.placeholder("id"))))
    .prepare();
  /** Asked inside the transaction that takes one away: two at once cannot both take the last. */
  const isLastAdmin = (account: Account) =>
    isActingAdmin(account) && otherAdmin.get({ id: account.id }) === undefined;
  // Most commits are of sessions: an account is kept over those, whichever process made them.
  const changes = reader.select({ count: accountChanges.count }).from(accountChanges).prepare();
  const version = countedVersion(sqlite.version, () =>
    // No row would be no count: NaN is never the same, so that nothing is kept.
    sqlite.read(() => changes.get()?.count ?? Number.NaN),
  );
  const cache = createRowCache<string, Account | undefined>(version, { isSmall });

  const holders = (database: typeof reader) =>
    database
      .select({ emailKey: users.emailKey, usernameKey: users.usernameKey })
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
  const takenBy = (
    query: typeof holdersNow,
    keys: { readonly emailKey?: string; readonly usernameKey?: string },
    exceptId = 0,
  ) => {
    const { emailKey = null, usernameKey = null } = keys;
    const rows = query.all({ emailKey, usernameKey, exceptId });
    return {
      email: rows.some((row) => row.emailKey === emailKey),
      username: rows.some((row) => row.usernameKey === usernameKey),
    };
  };

  return {
    insert: (account, also) =>
      sqlite.write((add) => {
        const taken = takenBy(holdersInTransaction, account);
        if (taken.email || taken.username) return { taken };
        const { firstName, lastName, phoneNumber } = account;
        const row = insertUser.get({ ...INITIAL, ...account, updatedAtMs: account.createdAtMs });
        insertInfo.run({ userId: row.id, firstName, lastName, phoneNumber });
        const inserted = { ...row, firstName, lastName, phoneNumber };
        add(also?.(inserted));
        return { inserted };
      }, INSERTION),

    taken: async (keys) => sqlite.read(() => takenBy(holdersNow, keys)),
    findByUuid: async (uuid) => cache.get(uuid, () => sqlite.read(() => byUuid.get({ uuid }))),
    findByEmailKey: async (key) => sqlite.read(() => byEmailKey.get({ key })),
    findByUsernameKey: async (key) => sqlite.read(() => byUsernameKey.get({ key })),
    renewHash: (id, { from, to }) =>
      sqlite.write(() => {
        writer
          .update(users)
          .set({ hashedPassword: to })
          .where(and(eq(users.id, id), eq(users.hashedPassword, from)))
          .run();
      }),

    change: (id, { values, atMs, endsSessions, ...conditions }, also) =>
      sqlite.write((add): Changed => {
        const before = byIdInTransaction.get({ id });
        if (before === undefined) return { refused: "gone" };
        if (!meets(before, conditions)) return { refused: "changed meanwhile" };
        const taken = takenBy(holdersInTransaction, values, id);
        if (taken.email || taken.username) return { taken };
        const { emailKey, usernameKey, ...shown } = values;
        const updatedAtMs = Math.max(atMs, before.updatedAtMs + 1);
        const role = values.role ?? before.role;
        const ends = endsSessions || values.disabled || role !== before.role;
        const sessionEpoch = before.sessionEpoch + (ends ? 1 : 0);
        const after = { ...before, ...shown, updatedAtMs, sessionEpoch };
        if (!isActingAdmin(after) && isLastAdmin(before)) return { refused: "last admin" };
        const { firstName, lastName, phoneNumber, ...columns } = { ...values, updatedAtMs, sessionEpoch };
        writer.update(users).set(columns).where(eq(users.id, id)).run();
        writer
          .update(userInfo)
          .set({ firstName: after.firstName, lastName: after.lastName, phoneNumber: after.phoneNumber })
          .where(eq(userInfo.userId, id))
          .run();
        add(also?.({ before, after }));
        return { changed: after };
      }),

    delete: (uuid, also) =>
      sqlite.write((add) => {
        const account = byUuidInTransaction.get({ uuid });
        if (account === undefined) return "gone";
        if (isLastAdmin(account)) return "last admin";
        writer.delete(users).where(eq(users.id, account.id)).run();
        add(also?.(account));
        return "deleted";
      }),
  };
}

function meets(
  { updatedAtMs, sessionEpoch, email, hashedPassword, disabled }: Account,
  {
    ifUpdatedAtMs = updatedAtMs,
    ifEpoch = sessionEpoch,
    ifEmail = email,
    ifHash = hashedPassword,
    ifEnabled,
  }: Omit<AccountChange, "values" | "atMs">,
): boolean {
  if (ifEnabled && disabled) return false;
  return (
    ifUpdatedAtMs === updatedAtMs &&
    ifEpoch === sessionEpoch &&
    ifEmail === email &&
    ifHash === hashedPassword
  );
}

/** Whether the account can administer others now. */
function isActingAdmin({ role, disabled }: Pick<Account, "role" | "disabled">): boolean {
  return role === "admin" && !disabled;
}

/** Some texts have no limit: those of a few thousand accounts could fill the memory. */
function isSmall(account: Account | undefined): boolean {
  const texts = [account?.firstName, account?.lastName, account?.phoneNumber, account?.disabledReason];
  return texts.every((text) => (text?.length ?? 0) <= MAX_KEPT_TEXT);
}
