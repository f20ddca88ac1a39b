import type Database from "better-sqlite3";
import type pg from "pg";
import { closeGate } from "../sqlite/moves.js";
import { applyLogged, differsFrom, readLogged } from "./catch-up.js";
import { MoveRefused } from "./failure.js";
import type { Source } from "./source.js";
import type { MovedTable } from "./tables.js";
import { closeUp, inTransaction, openUp, type Target } from "./target.js";

/** How long PostgreSQL may take while the lock is held: servers wait for it as long as 2 s. */
const HELD_MS = 1500;

interface SwitchOptions {
  readonly source: Source;
  readonly target: Target;
  readonly tables: readonly MovedTable[];
  readonly url: string;
}

/**
 * The switch is one commit in SQLite. Before it SQLite is the truth, and after it PostgreSQL: there is no third
 * state. Nobody can write while the last keys are applied, and PostgreSQL has committed them before.
 *
 * Resolves to how long the lock was held. If PostgreSQL fails or is too slow, this throws and nothing has happened.
 */
export async function switchOver({ source, target, tables, url }: SwitchOptions): Promise<number> {
  let heldSinceMs = 0;
  // Takes locks in PostgreSQL and looks at definitions: before anything waits.
  await target.once(HELD_MS, (client) => inTransaction(client, () => openUp(client, tables)));
  await source.writeSlowly(async () => {
    heldSinceMs = performance.now();
    const logged = readLogged(source, tables, -1);
    await target.once(HELD_MS, (client) =>
      inTransaction(client, async () => {
        await applyLogged(client, logged);
        const table = await differsFrom(client, logged);
        if (table !== undefined) {
          throw new MoveRefused(
            "ROWS_DIFFER",
            `Rows of ${table} were read back differently. Nothing was switched.`,
          );
        }
        await setNumbers(client, source.connection, tables);
        await closeUp(client, tables);
      }),
    );
    closeGate(source.connection, { url, atMs: Date.now() }, tables);
  });
  return performance.now() - heldSinceMs;
}

const NUMBERED = `
  SELECT table_name AS "table", column_name AS name FROM information_schema.columns
  WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name = ANY ($1)`;

/** New rows get numbers that no row has had in SQLite, also no deleted one. */
async function setNumbers(
  client: pg.Client,
  connection: Database.Database,
  tables: readonly MovedTable[],
): Promise<void> {
  const names = tables.map(({ name }) => name);
  const { rows } = await client.query<{ table: string; name: string }>(NUMBERED, [names]);
  for (const { table, name } of rows) {
    const last = Number(
      connection.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?").pluck().get(table) ?? 0,
    );
    await client.query(`SELECT setval(pg_get_serial_sequence($1, $2), $3, false)`, [
      `"${table}"`,
      name,
      last + 1,
    ]);
  }
  if (names.includes("changes"))
    await client.query("SELECT setval('changes_n', (SELECT max(n) FROM changes))");
}
