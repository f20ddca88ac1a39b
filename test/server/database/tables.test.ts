import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getTableColumns, is, type SQL, type Table } from "drizzle-orm";
import { PgDialect, PgTable, getTableConfig as postgresConfig } from "drizzle-orm/pg-core";
import { SQLiteSyncDialect, SQLiteTable, getTableConfig as sqliteConfig } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";

const FEATURES = fileURLToPath(new URL("../../../apps/server/src/features", import.meta.url));

/** What only one engine needs; PostgreSQL's log of changes is the engine's own, and holds more. */
const ONLY_SQLITE = ["account_changes", "changes"];

/** Types of SQLite that hold the same values as one of PostgreSQL. */
const SAME_TYPES: Readonly<Record<string, readonly string[]>> = {
  integer: ["integer", "bigint", "boolean"],
  text: ["text", 'text COLLATE "C"', "json"],
};

/** A table in words that both engines have. */
interface Described {
  readonly columns: Readonly<Record<string, Column>>;
  readonly primaryKeys: ReadonlyArray<readonly string[]>;
  readonly references: readonly string[];
  readonly indexes: Readonly<Record<string, unknown>>;
}

interface Column {
  readonly property: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly value: unknown;
  readonly choices: readonly string[] | undefined;
}

async function tablesOf(
  engine: string,
  kind: unknown,
): Promise<Map<string, { table: Table; feature: string }>> {
  const found = new Map<string, { table: Table; feature: string }>();
  for (const path of globSync(`*/tables.${engine}.ts`, { cwd: FEATURES })) {
    const module: Record<string, unknown> = await import(join(FEATURES, path));
    // Safe: `is` tells the two kinds of tables apart.
    for (const table of Object.values(module).filter((value) => is(value, kind as typeof SQLiteTable))) {
      found.set(nameOf(table as Table), { table: table as Table, feature: path });
    }
  }
  return found;
}

const nameOf = (table: Table) =>
  is(table, PgTable) ? postgresConfig(table).name : sqliteConfig(table as SQLiteTable).name;

const sqlite = await tablesOf("sqlite", SQLiteTable);
const postgres = await tablesOf("postgres", PgTable);

/** Conditions are compared as text; SQLite has no booleans. */
const spelled = (where: SQL | undefined, dialect: PgDialect | SQLiteSyncDialect) =>
  where === undefined ? undefined : dialect.sqlToQuery(where).sql.replace(" = 1", "");

function described(table: Table): Described {
  const isPostgres = is(table, PgTable);
  const config = isPostgres ? postgresConfig(table) : sqliteConfig(table as SQLiteTable);
  const properties = Object.entries(getTableColumns(table));
  const columns = properties.map(([property, column]): [string, Column] => [
    column.name,
    {
      property,
      type: column.getSQLType(),
      notNull: column.notNull,
      unique: column.isUnique,
      primary: column.primary,
      value: column.default,
      choices: column.enumValues,
    },
  ]);
  // SQLite ends each index with it.
  const rowNumber = properties.find(([, { primary, dataType }]) => primary && dataType === "number")?.[1]
    .name;
  const named = (on: readonly object[]) =>
    on.map((column) => ("name" in column ? column.name : "an expression"));
  const dialect = isPostgres ? new PgDialect() : new SQLiteSyncDialect();
  const indexes = config.indexes.map(
    ({ config: { name, columns: on, unique, where } }): [string, unknown] => [
      name ?? "",
      {
        on: named(on).filter((name, at, all) => at === 0 || at < all.length - 1 || name !== rowNumber),
        unique,
        where: spelled(where, dialect),
      },
    ],
  );
  return {
    columns: Object.fromEntries(columns),
    primaryKeys: config.primaryKeys.map((key) => key.columns.map(({ name }) => name)),
    references: config.foreignKeys.map((key) => {
      const { columns: from, foreignTable, foreignColumns } = key.reference();
      const names = (of: ReadonlyArray<{ readonly name: string }>) => of.map(({ name }) => name).join();
      return `${names(from)} -> ${nameOf(foreignTable)}(${names(foreignColumns)}) on delete ${key.onDelete ?? "no action"}`;
    }),
    indexes: Object.fromEntries(indexes),
  };
}

describe("the tables of both engines", () => {
  it("are the same ones, in the same features", () => {
    const placesOf = (tables: typeof sqlite) =>
      [...tables].map(([name, { feature }]) => `${name} in ${feature.split("/")[0]}`).sort();
    const shared = placesOf(sqlite).filter(
      (place) => !ONLY_SQLITE.some((name) => place.startsWith(`${name} `)),
    );
    expect(shared.length).toBeGreaterThan(10);
    expect(placesOf(postgres)).toEqual(shared);
  });

  it.each([...postgres].map(([name, { table }]) => ({ name, table })))(
    "have the same columns, keys, references and indexes in $name",
    ({ name, table }) => {
      const counterpart = sqlite.get(name);
      if (counterpart === undefined) throw new Error(`SQLite has no table ${name}`);
      const [one, other] = [described(counterpart.table), described(table)];
      const withoutTypes = ({ columns, ...rest }: Described) => ({
        ...rest,
        columns: Object.fromEntries(
          Object.entries(columns).map(([column, { type: _, ...properties }]) => [column, properties]),
        ),
      });
      expect(withoutTypes(other)).toEqual(withoutTypes(one));
      for (const [column, { type }] of Object.entries(other.columns)) {
        expect(SAME_TYPES[one.columns[column]?.type ?? ""], `${name}.${column}`).toContain(type);
      }
    },
  );
});
