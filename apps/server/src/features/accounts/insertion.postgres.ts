import { type Column, getTableColumns } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Query, Statement } from "../../database/postgres/statement.js";
import { userInfo, users } from "./tables.postgres.js";
import type { UserRecord } from "./user.js";

type NewUser = Omit<UserRecord, "id">;

/**
 * Inserts users with their personal data, whose uuids differ, in one statement of a transaction. One whose uuid,
 * address or username belongs to another user is left out. Resolves to the new row numbers by uuid.
 */
export async function insertUsers(
  query: Query,
  inserted: readonly NewUser[],
): Promise<ReadonlyMap<string, number>> {
  const values = FIELDS.map(({ field }) => inserted.map((user) => user[field]));
  const rows = await query<Pick<UserRecord, "id" | "uuid">>(INSERT, values);
  return new Map(rows.map(({ id, uuid }) => [uuid, id]));
}

interface Field {
  readonly field: keyof NewUser;
  readonly column: string;
  readonly type: string;
}

/** The columns of a table, except those that point to rows. */
function fieldsOf(table: PgTable): readonly Field[] {
  const columns: Readonly<Record<string, Column>> = getTableColumns(table);
  return Object.entries(columns)
    .filter(([name]) => name !== "id" && name !== "userId")
    .map(([name, column]) => ({
      // Safe: these are the fields of a user.
      field: name as keyof NewUser,
      column: column.name,
      type: column.getSQLType().replace(/ COLLATE .*/, ""),
    }));
}

const USER = fieldsOf(users);
const INFO = fieldsOf(userInfo);
const FIELDS = [...USER, ...INFO];
const listOf = (fields: readonly Field[]) => fields.map(({ column }) => column).join(", ");

const INSERT: Statement = {
  name: "accounts_insert",
  text: `
    WITH given AS (
      SELECT * FROM unnest(${FIELDS.map(({ type }, i) => `$${i + 1}::${type}[]`).join(", ")})
        WITH ORDINALITY AS given (${listOf(FIELDS)}, position)
    ), inserted AS (
      INSERT INTO users (${listOf(USER)}) SELECT ${listOf(USER)} FROM given ORDER BY position
        ON CONFLICT DO NOTHING RETURNING id, uuid
    ), informed AS (
      INSERT INTO user_info (user_id, ${listOf(INFO)})
        SELECT inserted.id, ${listOf(INFO)} FROM inserted JOIN given ON given.uuid = inserted.uuid
    )
    SELECT id, uuid FROM inserted`,
};
