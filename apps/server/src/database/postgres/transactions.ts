import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { DatabaseUnavailable } from "../availability.js";
import { type Change, partsOf } from "../change.js";
import { isConflict, unavailableOr } from "./failure.js";
import type { Query } from "./statement.js";
import type { PostgresStatements, Statements, Transaction } from "./write.js";

const TRIES = 3;

/** Runs transactions on connections of the pool; after a conflict they are run again. */
export function transactions(pool: pg.Pool): <T>(statements: Statements<T>) => Promise<T> {
  const once = async <T>(client: pg.PoolClient, statements: Statements<T>): Promise<T> => {
    const committed: Array<() => void> = [];
    const last: Array<() => Promise<unknown>> = [];
    const query = queryOf(client);
    const transaction: Transaction = {
      database: drizzle(client),
      query,
      async add(change: Change | undefined) {
        for (const part of change === undefined ? [] : partsOf(change)) {
          // Safe: every store of this database makes its changes with `postgresChange`.
          await (part.statements as PostgresStatements | undefined)?.(transaction);
          if (part.committed !== undefined) committed.push(part.committed);
          await transaction.add(part.next?.());
        }
      },
      atEnd: (statement, values) => void last.push(() => query(statement, values())),
    };
    await client.query("BEGIN");
    const value = await statements(transaction);
    // Sent at once. After a statement that fails, PostgreSQL commits nothing.
    await Promise.all([...last.map((run) => run()), client.query("COMMIT")]);
    for (const tell of committed) tell();
    return value;
  };

  return async (statements) => {
    for (let tries = 1; ; tries++) {
      const client = await pool.connect().catch((error: unknown) => {
        throw new DatabaseUnavailable(error);
      });
      try {
        const value = await once(client, statements);
        client.release();
        return value;
      } catch (error) {
        const isUsable = await client.query("ROLLBACK").then(
          () => true,
          () => false,
        );
        client.release(!isUsable);
        if (!isConflict(error) || tries === TRIES) throw unavailableOr(error);
      }
    }
  };
}

function queryOf(client: pg.PoolClient): Query {
  return async <R extends object>({ name, text }: Parameters<Query>[0], values: readonly unknown[]) => {
    const { rows } = await client.query<R>({ name, text, values: [...values] });
    return rows;
  };
}
