import Database from "better-sqlite3";
import { addressOf, describeAddress } from "../postgres/url.js";
import { readMovedTo } from "../sqlite/moved.js";
import { countLogged, type MovePhase, type Ready, readMove, readReady } from "../sqlite/moves.js";
import { tableNames } from "./tables.js";
import { openTarget } from "./target.js";

/** Where a store is that began in a SQLite file. */
export type StoreStatus =
  | { readonly state: "here" }
  | {
      readonly state: "moving";
      readonly to: string;
      readonly phase: MovePhase;
      readonly begunAtMs: number;
      readonly heardAtMs: number;
      /** How many writes are to be copied again. */
      readonly waiting: number;
      readonly processes: readonly Ready[];
    }
  | {
      readonly state: "moved";
      readonly to: string;
      readonly atMs: number;
      /** In the file as it was left, and in PostgreSQL now; without the latter if it cannot be reached. */
      readonly rows: ReadonlyArray<{
        readonly table: string;
        readonly left: number;
        readonly now: number | undefined;
      }>;
    };

const ASK_MS = 10_000;

export async function statusOf(path: string): Promise<StoreStatus> {
  const connection = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    const moved = readMovedTo(connection);
    if (moved !== undefined) {
      const counts = countAll(connection);
      const now = await countThere(moved.url, [...counts.keys()]);
      const rows = [...counts].map(([table, left]) => ({ table, left, now: now?.get(table) }));
      return { state: "moved", to: describe(moved.url), atMs: moved.atMs, rows };
    }
    const move = readMove(connection);
    if (move === undefined) return { state: "here" };
    const { phase, begunAtMs, atMs: heardAtMs, url } = move;
    const [waiting, processes] = [countLogged(connection), readReady(connection)];
    return { state: "moving", to: describe(url), phase, begunAtMs, heardAtMs, waiting, processes };
  } finally {
    connection.close();
  }
}

const describe = (url: string) => describeAddress(addressOf(url));

function countAll(connection: Database.Database): Map<string, number> {
  const count = (table: string) =>
    Number(connection.prepare(`SELECT count(*) FROM "${table}"`).pluck().get());
  return new Map(tableNames(connection).map((table) => [table, count(table)]));
}

async function countThere(url: string, names: readonly string[]): Promise<Map<string, number> | undefined> {
  const target = openTarget({ url, onAway: () => {}, stop: AbortSignal.timeout(ASK_MS) });
  try {
    return await target.once(ASK_MS, async (client) => {
      const counts = new Map<string, number>();
      for (const name of names) {
        const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM "${name}"`);
        counts.set(name, rows[0]?.count ?? 0);
      }
      return counts;
    });
  } catch {
    return undefined;
  } finally {
    target.close();
  }
}
