import type Database from "better-sqlite3";
import { sql } from "drizzle-orm";
import { hasTable, MOVED_TO } from "./moved.js";
import { NOTHING_KEPT } from "./row-cache.js";
import type { Sqlite } from "./sqlite.js";

/** What a move keeps in the file that it leaves; there from its beginning until its end. */
const MOVES = "moves";
const LOG = "move_log";
const READY = "move_ready";

/** Tables that belong to this engine, to its file, or to a move: not moved. */
export const OWN_TABLES: readonly string[] = [
  "migrations",
  "room",
  "account_changes",
  MOVES,
  LOG,
  READY,
  MOVED_TO,
];

/** How far a move is; `ready`: whoever uses the store must get ready to follow. */
export type MovePhase = "copying" | "catching up" | "comparing" | "ready";

/** A move under way. */
export interface Move {
  readonly id: string;
  readonly url: string;
  readonly phase: MovePhase;
  readonly begunAtMs: number;
  /** When its mover was last heard of, and which process it is. */
  readonly atMs: number;
  readonly pid: number;
  readonly host: string;
}

/** A process that uses the store. */
export interface Ready {
  readonly id: string;
  readonly pid: number;
  /** Why it cannot follow; `null` if it can. */
  readonly failure: string | null;
  readonly atMs: number;
}

/** A table whose rows are moved, and the columns of its key. */
export interface Keyed {
  readonly name: string;
  readonly key: readonly string[];
}

const EVENTS = ["INSERT", "UPDATE", "DELETE"] as const;
const MOVE_COLUMNS = `id, url, phase, begun_at AS begunAtMs, at AS atMs, pid, host`;

export function readMove(connection: Database.Database): Move | undefined {
  if (!hasTable(connection, MOVES)) return undefined;
  // Safe: the columns that `beginMove` writes.
  return connection.prepare(`SELECT ${MOVE_COLUMNS} FROM ${MOVES}`).get() as Move | undefined;
}

/** In a transaction: begins to log the keys of whatever is written, whichever process writes it. */
export function beginMove(connection: Database.Database, move: Move, tables: readonly Keyed[]): void {
  connection.exec(`
    CREATE TABLE ${MOVES} (id TEXT PRIMARY KEY, url TEXT NOT NULL, phase TEXT NOT NULL, begun_at INTEGER NOT NULL,
      at INTEGER NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL) STRICT;
    CREATE TABLE ${LOG} (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, key TEXT NOT NULL) STRICT;
    CREATE TABLE ${READY} (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, failure TEXT, at INTEGER NOT NULL) STRICT`);
  connection
    .prepare(`INSERT INTO ${MOVES} (id, url, phase, begun_at, at, pid, host) VALUES (?, ?, ?, ?, ?, ?, ?)`)
    .run(move.id, move.url, move.phase, move.begunAtMs, move.atMs, move.pid, move.host);
  for (const table of tables) for (const event of EVENTS) connection.exec(captureOf(table, event));
}

function captureOf({ name, key }: Keyed, event: (typeof EVENTS)[number]): string {
  const keyIn = (row: "OLD" | "NEW") => `json_array(${key.map((column) => `${row}."${column}"`).join(", ")})`;
  const note = (row: "OLD" | "NEW") => `INSERT INTO ${LOG} (name, key) VALUES ('${name}', ${keyIn(row)});`;
  const notes = {
    INSERT: note("NEW"),
    UPDATE: `${note("NEW")} INSERT INTO ${LOG} (name, key) SELECT '${name}', ${keyIn("OLD")}
      WHERE ${keyIn("OLD")} <> ${keyIn("NEW")};`,
    DELETE: note("OLD"),
  };
  return `CREATE TRIGGER "move_${name}_${event}" AFTER ${event} ON "${name}" BEGIN ${notes[event]} END`;
}

/** Also tells others that this mover is alive. */
export function setMove(
  connection: Database.Database,
  { atMs, pid, host }: Pick<Move, "atMs" | "pid" | "host">,
  phase?: MovePhase,
): void {
  connection
    .prepare(`UPDATE ${MOVES} SET at = ?, pid = ?, host = ?, phase = coalesce(?, phase)`)
    .run(atMs, pid, host, phase ?? null);
}

/** Logged keys, the oldest first. */
export function readLog(
  connection: Database.Database,
  limit: number,
): ReadonlyArray<{ readonly seq: number; readonly name: string; readonly key: string }> {
  const rows = connection.prepare(`SELECT seq, name, key FROM ${LOG} ORDER BY seq LIMIT ?`).all(limit);
  return rows as ReturnType<typeof readLog>; // Safe: these columns.
}

export function countLogged(connection: Database.Database): number {
  return Number(connection.prepare(`SELECT count(*) FROM ${LOG}`).pluck().get());
}

/** In a transaction. */
export function cutLog(connection: Database.Database, upTo: number): void {
  connection.prepare(`DELETE FROM ${LOG} WHERE seq <= ?`).run(upTo);
}

export function readReady(connection: Database.Database): readonly Ready[] {
  const rows = connection.prepare(`SELECT id, pid, failure, at AS atMs FROM ${READY}`).all();
  return rows as readonly Ready[]; // Safe: these columns.
}

/** In a transaction: the move is forgotten, and nothing is logged any more. */
export function dropCapture(connection: Database.Database): void {
  dropTriggers(connection, "move");
  for (const table of [MOVES, LOG, READY]) connection.exec(`DROP TABLE IF EXISTS ${table}`);
}

/**
 * In a transaction, whose commit is the switch: no process can write here any more, also one of an older version,
 * which knows nothing of moves.
 */
export function closeGate(
  connection: Database.Database,
  to: { readonly url: string; readonly atMs: number },
  tables: readonly Keyed[],
): void {
  connection.exec(`CREATE TABLE ${MOVED_TO} (url TEXT NOT NULL, at INTEGER NOT NULL) STRICT`);
  connection.prepare(`INSERT INTO ${MOVED_TO} (url, at) VALUES (?, ?)`).run(to.url, to.atMs);
  dropCapture(connection);
  for (const { name } of tables) {
    for (const event of EVENTS) {
      connection.exec(
        `CREATE TRIGGER "moved_${name}_${event}" BEFORE ${event} ON "${name}"
         BEGIN SELECT RAISE(ABORT, 'the store has moved'); END`,
      );
    }
  }
}

/** In a copy that becomes a database of its own: it neither moves nor has moved. */
export function forgetMoves(connection: Database.Database): void {
  dropCapture(connection);
  dropTriggers(connection, "moved");
  connection.exec(`DROP TABLE IF EXISTS ${MOVED_TO}`);
}

function dropTriggers(connection: Database.Database, begin: "move" | "moved"): void {
  const triggers = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB ?")
    .pluck()
    .all(`${begin}_*_*`);
  for (const name of triggers) connection.exec(`DROP TRIGGER "${String(name)}"`);
}

/** A move as the processes see it that use the store. */
export interface MovesStore {
  current(): Move | undefined;
  /** Says whether this process can follow. */
  noteReady(ready: Ready): Promise<void>;
}

export function sqliteMoves(sqlite: Sqlite): MovesStore {
  const { reader, writer } = sqlite;
  return {
    current: () =>
      sqlite.read(() => {
        const table = sql`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ${MOVES}`;
        if (reader.get(table) === undefined) return undefined;
        return reader.get<Move | undefined>(sql.raw(`SELECT ${MOVE_COLUMNS} FROM ${MOVES}`));
      }),
    noteReady: ({ id, pid, failure, atMs }) =>
      sqlite.write(() => {
        writer.run(sql`INSERT INTO ${sql.identifier(READY)} (id, pid, failure, at)
          VALUES (${id}, ${pid}, ${failure}, ${atMs})
          ON CONFLICT (id) DO UPDATE SET failure = excluded.failure, at = excluded.at`);
      }, NOTHING_KEPT),
  };
}
