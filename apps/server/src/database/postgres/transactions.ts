import { DatabaseUnavailable } from "../availability.js";
import { type Change, partsOf } from "../change.js";
import type { Clients } from "./client.js";
import { isConflict, isConnectionLost, isForgotten, ranOutOfTime, unavailableOr } from "./failure.js";
import type { ConnectionPool, Lent } from "./pool.js";
import type { Query } from "./statement.js";
import type { PostgresStatements, Statements, Transaction } from "./write.js";

const TRIES = 3;
/** A transaction whose connection was lost for a second time is not begun again later than this. */
const PATIENCE_MS = 500;

export interface TransactionOptions {
  readonly pool: ConnectionPool;
  readonly begin: Clients["begin"];
  /** Told of each transaction's end, and of the failure of one that was not committed. */
  readonly onEnd?: ((failure: unknown) => void) | undefined;
}

/**
 * Runs transactions on connections of the pool. After a conflict, or if the connection is lost before the commit was
 * sent, they are run again; once it was sent, only PostgreSQL knows whether they are committed.
 */
export function transactions(options: TransactionOptions): <T>(statements: Statements<T>) => Promise<T> {
  const { pool, begin, onEnd } = options;

  return async (statements) => {
    const startMs = performance.now();
    for (let tries = 1; ; tries++) {
      const progress = { isCommitting: false };
      try {
        const { value, committed } = await pool.lend((lent) =>
          runOnce(lent, { begin, statements, progress }),
        );
        onEnd?.(undefined);
        for (const tell of committed) tell();
        return value;
      } catch (error) {
        const isLost = !progress.isCommitting && wasOfNoUse(error);
        const isEarly = tries === 1 || performance.now() - startMs < PATIENCE_MS;
        const isSafe = isConflict(error) || (isLost && isEarly);
        if (!isSafe || tries === TRIES) {
          onEnd?.(error);
          throw unavailableOr(error);
        }
      }
    }
  };
}

/**
 * Whether only the connection was of no use: it was lost, as after a pause of this process that PostgreSQL took for
 * its end. Where nothing was heard in time, another connection would take as long.
 */
function wasOfNoUse(error: unknown): boolean {
  return (isConnectionLost(error) || isForgotten(error)) && !ranOutOfTime(error);
}

interface Run<T> {
  readonly begin: string;
  readonly statements: Statements<T>;
  readonly progress: { isCommitting: boolean };
}

async function runOnce<T>({ client, database }: Lent, { begin, statements, progress }: Run<T>) {
  const committed: Array<() => void> = [];
  const last: Array<Parameters<Transaction["atEnd"]>> = [];
  const query: Query = async <R extends object>(
    { name, text }: Parameters<Query>[0],
    values: readonly unknown[],
  ) => {
    const { rows } = await client.query<R>({ name, text, values: [...values] });
    return rows;
  };
  const transaction: Transaction = {
    database,
    query,
    async add(change: Change | undefined) {
      for (const part of change === undefined ? [] : partsOf(change)) {
        // Safe: every store of this database makes its changes with `postgresChange`.
        await (part.statements as PostgresStatements | undefined)?.(transaction);
        if (part.committed !== undefined) committed.push(part.committed);
        await transaction.add(part.next?.("postgres"));
      }
    },
    atEnd: (...end) => void last.push(end),
  };
  await client.query(begin);
  try {
    const value = await statements(transaction);
    const ends = last.map(([statement, values]) => [statement, values()] as const);
    progress.isCommitting = true;
    // All are sent at once. After a statement that fails, PostgreSQL commits nothing.
    const sent = Promise.all(ends.map((end) => query(...end)));
    const commit = client.query("COMMIT");
    await Promise.allSettled([sent, commit]);
    await sent;
    const { command } = await commit;
    // PostgreSQL answers COMMIT like this after a statement that failed, also if its error was ignored.
    if (command !== "COMMIT") throw new Error("A failed transaction was to be committed");
    return { value, committed };
  } catch (error) {
    if (!progress.isCommitting && !isConnectionLost(error)) await rollBack(client);
    throw error;
  }
}

/** A connection that cannot even do this would carry the open transaction to its next user. */
async function rollBack(client: Lent["client"]): Promise<void> {
  try {
    await client.query("ROLLBACK");
  } catch (error) {
    throw new DatabaseUnavailable(error);
  }
}
