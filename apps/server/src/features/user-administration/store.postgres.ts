import { and, asc, desc, eq, gte, isNotNull, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Postgres } from "../../database/postgres/postgres.js";
import { columnsOf, userInfo, users } from "../accounts/tables.postgres.js";
import { type Position, SHOWN_FIELDS, type UserDirectory, type UserSearch } from "./store.js";

interface Bounds {
  /** How many users one page scans. */
  readonly examined: number;
  /**
   * Up to this many users with the prefix are gathered and sorted. If there are more, the next ones in order
   * are not far away.
   */
  readonly gathered: number;
}

/** The directory of users in PostgreSQL. */
export function postgresUserDirectory(
  { read }: Pick<Postgres, "read">,
  { examined, gathered }: Bounds = { examined: 20_000, gathered: 5_000 },
): UserDirectory {
  /** Whether few enough users have the prefix: counted in the indices alone, and no further than needed. */
  const isFew = async (database: NodePgDatabase, prefix: string) => {
    const beginning = beginningWith(prefix);
    const either = sql`select 1 from ${users} where ${beginning.email} union all select 1 from ${users} where ${beginning.username}`;
    const { rows } = await database.execute<{ count: number }>(
      sql`select count(*) as count from (${either} limit ${gathered + 1}) as few`,
    );
    return (rows[0]?.count ?? 0) <= gathered;
  };
  const idsOf = (prefix: string) => {
    const beginning = beginningWith(prefix);
    return sql`${users.id} in (select id from ${users} where ${beginning.email} union select id from ${users} where ${beginning.username})`;
  };
  /** The last user to scan for a page; `undefined` if the order ends before that. */
  const lastExamined = async (database: NodePgDatabase, walked: SQL | undefined, order: SQL[]) => {
    const [last] = await database
      .select({ createdAtMs: users.createdAtMs, id: users.id })
      .from(users)
      .where(walked)
      .orderBy(...order)
      .limit(1)
      .offset(examined - 1);
    return last;
  };

  return {
    search: (search) =>
      read(async (database) => {
        const { prefix, limit, order } = search;
        // PostgreSQL's texts have no such character, and refuse to be compared with one.
        if (prefix?.includes("\0")) return { users: [] };
        const direction = order === "newest" ? desc : asc;
        const inOrder = [direction(users.createdAtMs), direction(users.id)];
        const few = prefix !== undefined && (await isFew(database, prefix));
        const walked = and(...walkedBy(search), few ? idsOf(prefix) : undefined);
        const tested = and(
          ...testedOf(search),
          prefix === undefined || few ? undefined : alsoBeginsWith(prefix),
        );
        const last = few || tested === undefined ? undefined : await lastExamined(database, walked, inOrder);
        const found = await database
          .select(columnsOf(SHOWN_FIELDS))
          .from(users)
          .innerJoin(userInfo, eq(userInfo.userId, users.id))
          .where(and(walked, tested, last && upTo(last, order)))
          .orderBy(...inOrder)
          .limit(limit + 1);
        const shown = found.slice(0, limit);
        const next = found.length > limit ? shown.at(-1) : last;
        return { users: shown, ...(next && { next: { createdAtMs: next.createdAtMs, id: next.id } }) };
      }),
  };
}

const place = sql`(${users.createdAtMs}, ${users.id})`;

/** Conditions that an index answers: spelled as in the partial indices, for the values that are rare. */
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
    after && sql`${place} ${behind} (${after.createdAtMs}::bigint, ${after.id}::bigint)`,
    role === "admin" ? sql`${users.role} = 'admin'` : undefined,
    disabled === true ? sql`${users.disabled}` : undefined,
    createdFromMs === undefined ? undefined : gte(users.createdAtMs, createdFromMs),
    createdToMs === undefined ? undefined : lt(users.createdAtMs, createdToMs),
  ];
}

/** Conditions that are tested on each scanned user. */
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
    ? sql`${place} >= (${createdAtMs}::bigint, ${id}::bigint)`
    : sql`${place} <= (${createdAtMs}::bigint, ${id}::bigint)`;
}

/** Ranges of the keys, which the unique indices answer. */
function beginningWith(prefix: string): { readonly email: SQL; readonly username: SQL } {
  const within = (key: SQL) => sql`${key} >= ${prefix} and ${key} < ${behind(prefix)}`;
  return { email: within(sql`${users.emailKey}`), username: within(sql`${users.usernameKey}`) };
}

/** The same, tested on each scanned user: an expression, so that no index is used to gather all of them. */
function alsoBeginsWith(prefix: string): SQL | undefined {
  const within = (key: SQL) => sql`${key} >= ${prefix} and ${key} < ${behind(prefix)}`;
  return or(within(sql`(${users.emailKey} || '')`), within(sql`(${users.usernameKey} || '')`));
}

/**
 * The end of the range with this prefix, by code points, as UTF-8's bytes compare: no name contains the last
 * code point.
 */
const behind = (prefix: string) => `${prefix}\u{10ffff}`;
