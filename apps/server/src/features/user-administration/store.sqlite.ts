import { and, asc, desc, eq, gte, isNotNull, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { userInfo, users } from "../accounts/tables.sqlite.js";
import type { Position, UserDirectory, UserSearch } from "./store.js";

interface Bounds {
  /** How many users one page looks at: SQLite answers on the event loop, so that nothing may take long. */
  readonly examined: number;
  /** So many that begin alike are gathered and sorted. Of more, those that come next in the order are not far. */
  readonly gathered: number;
}

const columns = {
  id: users.id,
  uuid: users.uuid,
  email: users.email,
  username: users.username,
  disabled: users.disabled,
  disabledReason: users.disabledReason,
  role: users.role,
  language: users.language,
  emailVerifiedAtMs: users.emailVerifiedAtMs,
  mustChangePassword: users.mustChangePassword,
  createdAtMs: users.createdAtMs,
  updatedAtMs: users.updatedAtMs,
  firstName: userInfo.firstName,
  lastName: userInfo.lastName,
  phoneNumber: userInfo.phoneNumber,
};

/** The directory of users in SQLite. */
export function sqliteUserDirectory(
  { reader, read }: Pick<Sqlite, "reader" | "read">,
  { examined, gathered }: Bounds = { examined: 20_000, gathered: 5_000 },
): UserDirectory {
  /** Whether few enough begin with it: counted in the indices alone, and no further than needed. */
  const isFew = (prefix: string) => {
    const beginning = beginningWith(prefix);
    const either = sql`select 1 from ${users} where ${beginning.email} union all select 1 from ${users} where ${beginning.username}`;
    const { count } = reader.get<{ count: number }>(
      sql`select count(*) as count from (${either} limit ${gathered + 1})`,
    );
    return count <= gathered;
  };
  const idsOf = (prefix: string) => {
    const beginning = beginningWith(prefix);
    return sql`${users.id} in (select id from ${users} where ${beginning.email} union select id from ${users} where ${beginning.username})`;
  };
  /** The last user that is looked at for a page; `undefined` where the order ends before. */
  const lastExamined = (walked: SQL | undefined, order: SQL[]) =>
    reader
      .select({ createdAtMs: users.createdAtMs, id: users.id })
      .from(users)
      .where(walked)
      .orderBy(...order)
      .limit(1)
      .offset(examined - 1)
      .get();

  return {
    search: async (search) =>
      read(() => {
        const { prefix, limit, order } = search;
        const direction = order === "newest" ? desc : asc;
        const inOrder = [direction(users.createdAtMs), direction(users.id)];
        const few = prefix !== undefined && isFew(prefix);
        const walked = and(...walkedBy(search), few ? idsOf(prefix) : undefined);
        const tested = and(
          ...testedOf(search),
          prefix === undefined || few ? undefined : alsoBeginsWith(prefix),
        );
        const last = few || tested === undefined ? undefined : lastExamined(walked, inOrder);
        const found = reader
          .select(columns)
          .from(users)
          .innerJoin(userInfo, eq(userInfo.userId, users.id))
          .where(and(walked, tested, last && upTo(last, order)))
          .orderBy(...inOrder)
          .limit(limit + 1)
          .all();
        const shown = found.slice(0, limit);
        const next = found.length > limit ? shown.at(-1) : last;
        return { users: shown, ...(next && { next: { createdAtMs: next.createdAtMs, id: next.id } }) };
      }),
  };
}

const place = sql`(${users.createdAtMs}, ${users.id})`;

/** What an index leads past: written as the partial indices say it, for those that few are. */
function walkedBy({
  after,
  order,
  role,
  disabled,
  createdFromMs,
  createdToMs,
}: UserSearch): Array<SQL | undefined> {
  const behind = order === "newest" ? sql`<` : sql`>`;
  return [
    after && sql`${place} ${behind} (${after.createdAtMs}, ${after.id})`,
    role === "admin" ? sql`${users.role} = 'admin'` : undefined,
    disabled === true ? sql`${users.disabled} = 1` : undefined,
    createdFromMs === undefined ? undefined : gte(users.createdAtMs, createdFromMs),
    createdToMs === undefined ? undefined : lt(users.createdAtMs, createdToMs),
  ];
}

/** What each user that is looked at must be asked. */
function testedOf({ role, disabled, emailVerified }: UserSearch): Array<SQL | undefined> {
  const verified = emailVerified ? isNotNull(users.emailVerifiedAtMs) : isNull(users.emailVerifiedAtMs);
  return [
    role === "user" ? eq(users.role, "user") : undefined,
    disabled === false ? eq(users.disabled, false) : undefined,
    emailVerified === undefined ? undefined : verified,
  ];
}

function upTo({ createdAtMs, id }: Position, order: UserSearch["order"]): SQL {
  return order === "newest"
    ? sql`${place} >= (${createdAtMs}, ${id})`
    : sql`${place} <= (${createdAtMs}, ${id})`;
}

/** Ranges of the keys, which the unique indices answer. */
function beginningWith(prefix: string): { readonly email: SQL; readonly username: SQL } {
  const within = (key: SQL) => sql`${key} >= ${prefix} and ${key} < ${behind(prefix)}`;
  return { email: within(sql`${users.emailKey}`), username: within(sql`${users.usernameKey}`) };
}

/** The same, asked of each user that is looked at: the plus keeps SQLite from gathering all that begin so. */
function alsoBeginsWith(prefix: string): SQL | undefined {
  const within = (key: SQL) => sql`${key} >= ${prefix} and ${key} < ${behind(prefix)}`;
  return or(within(sql`+${users.emailKey}`), within(sql`+${users.usernameKey}`));
}

/** The end of what begins with it, by code points, as SQLite compares: nobody's name holds the last of them. */
const behind = (prefix: string) => `${prefix}\u{10ffff}`;
