import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { isUnavailable } from "../postgres/failure.js";
import { inspectSqlite } from "../sqlite/inspect.js";
import { movedTo } from "../sqlite/moved.js";
import { beginMove, dropCapture, type Move, type MovePhase, readMove, setMove } from "../sqlite/moves.js";
import { catchUp } from "./catch-up.js";
import { compareTable } from "./compare.js";
import { copyTable, isCopied } from "./copy.js";
import { MoveRefused } from "./failure.js";
import { waitForAll } from "./ready.js";
import { openSource, type Source } from "./source.js";
import { switchOver } from "./switch.js";
import { type MovedTable, movedTables } from "./tables.js";
import * as tables from "./target.js";
import { openTarget, type Target } from "./target.js";

export interface MoveOptions {
  /** The path of the SQLite file, and the URL of the database that it moves to. */
  readonly path: string;
  readonly url: string;
  /** The folder of all engines' migrations. */
  readonly migrations: string;
  /** Ends before the switch, and leaves nothing behind. */
  readonly isRehearsal: boolean;
  /** Ends the move where it is: it can be continued. */
  readonly stop: AbortSignal;
  readonly tell: TellMove;
}

export interface TellMove {
  phase(phase: MovePhase | "switching"): void;
  rows(done: number, total: number): void;
  /** PostgreSQL does not answer, or answers again. */
  away(isAway: boolean): void;
}

export interface MoveOutcome {
  readonly state: "moved" | "rehearsed" | "had moved";
  readonly rows: number;
  /** How long writes had to wait for the switch. */
  readonly heldMs: number;
  /** How many rows of a table had a NUL, which PostgreSQL does not keep: it is U+FFFD there. */
  readonly withNul: Readonly<Record<string, number>>;
}

/** A mover that is not heard of any more can be replaced by another one. */
const SILENT_MS = 10_000;
const BEAT_MS = 1000;
const CLEAR_MS = 10_000;

/** Moves the store while it is used. After a fault, or a kill, the same call continues where it has stopped. */
export async function moveStore(options: MoveOptions): Promise<MoveOutcome> {
  const { path, url, stop, tell } = options;
  const before = movedTo(path);
  const target = openTarget({ url, onAway: tell.away, stop });
  try {
    // Later it is waited for.
    await target.once(CLEAR_MS, (client) => client.query("SELECT 1"));
    if (before !== undefined) return await complete(target, before.url, url);
    assertMovable(path, options.migrations);
    const source = openSource(path, stop);
    const beating = openSource(path, stop);
    try {
      return await move({ source, beating, target, options });
    } finally {
      beating.close();
      source.close();
    }
  } finally {
    target.close();
  }
}

async function complete(target: Target, movedToUrl: string, url: string): Promise<MoveOutcome> {
  if (movedToUrl !== url)
    throw new MoveRefused("HAS_MOVED", "The store has moved already, to another database than this one.");
  await target.run((client) => tables.completeTables(client));
  return { state: "had moved", rows: 0, heldMs: 0, withNul: {} };
}

function assertMovable(path: string, migrations: string): void {
  const found = inspectSqlite(path, join(migrations, "sqlite"));
  if (found.state === "absent") throw new MoveRefused("NO_DATABASE", `There is no database at ${path}.`);
  if (found.state !== "sound" || found.migrations.unknown > 0)
    throw new MoveRefused("NOT_SOUND", "The database cannot be moved as it is: `latchkey doctor` says why.");
  if (found.migrations.pending > 0)
    throw new MoveRefused(
      "NOT_MIGRATED",
      "The tables are not up to date: start the server of this version first.",
    );
}

interface Running {
  readonly source: Source;
  /** The same file, for what is written while the other one is busy. */
  readonly beating: Source;
  readonly target: Target;
  readonly options: MoveOptions;
}

async function move(running: Running): Promise<MoveOutcome> {
  const { source, beating, target, options } = running;
  const { path, stop, tell } = options;
  const moved = await begin(running);
  const mover = () => ({ atMs: Date.now(), pid: process.pid, host: hostname() });
  const beat = setInterval(() => {
    // There is no row any more after the switch.
    beating.write(() => setMove(beating.connection, mover())).catch(() => {});
  }, BEAT_MS);
  const enter = async (phase: MovePhase) => {
    await source.write(() => setMove(source.connection, mover(), phase));
    tell.phase(phase);
  };
  const withNul: Record<string, number> = {};
  const total = moved.reduce((sum, { name }) => sum + countRows(source, name), 0);
  const progress = () => {
    let done = 0;
    return (rows: number) => {
      done += rows;
      tell.rows(Math.min(done, total), total);
    };
  };
  const catchingUp = (isWhole: boolean) =>
    catchUp({ source, target, tables: moved, isWhole, onKeys: () => {} });
  try {
    await enter("copying");
    const onCopied = progress();
    for (const table of moved) {
      if (await target.run((client) => isCopied(client, table))) onCopied(countRows(source, table.name));
      else await copyTable(table, { source, target, onRows: onCopied });
    }
    await enter("catching up");
    await target.run((client) => tables.inTransaction(client, () => tables.openUp(client, moved)));
    await catchingUp(await target.run(tables.hasIndexes));
    await target.run(tables.makeIndexes);
    await catchingUp(true);
    await enter("comparing");
    const onCompared = progress();
    for (const table of moved) {
      const nuls = await compareTable(table, { source, target, onRows: onCompared });
      if (nuls > 0) withNul[table.name] = nuls;
    }
    if (options.isRehearsal) {
      await forget(source, target);
      return { state: "rehearsed", rows: total, heldMs: 0, withNul };
    }
    for (;;) {
      await enter("ready");
      await waitForAll(source, path, stop).catch(async (error: unknown) => {
        await source.write(() => setMove(source.connection, mover(), "catching up"));
        throw error;
      });
      await catchingUp(true);
      // A connection that was lost meanwhile is made again now, and not while others wait.
      await target.run((client) => client.query("SELECT 1"));
      tell.phase("switching");
      try {
        const heldMs = await switchOver({ source, target, tables: moved, url: options.url });
        await target.run((client) => tables.completeTables(client));
        return { state: "moved", rows: total, heldMs, withNul };
      } catch (error) {
        // Nothing has happened: the servers go on, and so does the log.
        if (!isUnavailable(error)) throw error;
        await target.run((client) => client.query("SELECT 1"));
      }
    }
  } finally {
    clearInterval(beat);
  }
}

/** Begins, or continues, and resolves to what is moved. */
async function begin({ source, target, options }: Running): Promise<readonly MovedTable[]> {
  const { url, migrations } = options;
  const current = readMove(source.connection);
  if (current !== undefined) assertContinued(current, url);
  const inTarget = await target.run((client) => tables.openTables(client, join(migrations, "postgres")));
  if (inTarget !== undefined && inTarget !== current?.id) {
    throw new MoveRefused(
      "TARGET_IN_USE",
      "Another move fills this database, or was not ended: name an empty one.",
    );
  }
  const moved = await target.run((client) => movedTables(source.connection, client));
  if (inTarget !== undefined) return moved;
  const id = randomUUID();
  const nowMs = Date.now();
  const begun = {
    id,
    url,
    phase: "copying",
    begunAtMs: nowMs,
    atMs: nowMs,
    pid: process.pid,
    host: hostname(),
  } as const;
  await source.write(() => {
    // Of a move whose database is gone, or was not prepared yet.
    dropCapture(source.connection);
    beginMove(source.connection, begun, moved);
  });
  try {
    await target.run((client) => prepare(client, id, moved));
  } catch (error) {
    if (error instanceof MoveRefused) await source.write(() => dropCapture(source.connection));
    throw error;
  }
  return moved;
}

/** A lost answer to the commit must not be taken for another move. */
async function prepare(client: pg.Client, id: string, moved: readonly MovedTable[]): Promise<void> {
  if ((await tables.moveIn(client)) !== id) await tables.prepareTables(client, id, moved);
}

function assertContinued(move: Move, url: string): void {
  if (isRunning(move)) {
    throw new MoveRefused("MOVE_RUNNING", "Another mover is at work: wait for it, or stop it.");
  }
  if (url !== move.url) {
    throw new MoveRefused(
      "OTHER_MOVE",
      "A move to another database has begun: continue that one, or give it up with `latchkey store move --abort`.",
    );
  }
}

function isRunning({ atMs, pid, host }: Move): boolean {
  if (Date.now() - atMs > SILENT_MS) return false;
  if (host !== hostname()) return true;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function countRows({ connection }: Source, table: string): number {
  return Number(connection.prepare(`SELECT count(*) FROM "${table}"`).pluck().get());
}

/**
 * Deletes what the move has made; the file's part at the end, because whoever is interrupted then finds what is left.
 */
async function forget(source: Source, target: Target): Promise<void> {
  await target.run((client) => clear(source, client));
  await source.write(() => dropCapture(source.connection));
}

async function clear({ connection }: Source, client: pg.Client): Promise<void> {
  const id = readMove(connection)?.id;
  if (id !== undefined && (await tables.moveIn(client)) === id) await tables.clearTables(client);
}

export interface Abandoned {
  /** Whether there was a move. */
  readonly wasThere: boolean;
  /** Whether the other database could not be reached, and still has what was copied. */
  readonly isLeft: boolean;
}

/** Gives a move up: the servers go on with the file, and nothing is logged any more. */
export async function abortMove(path: string, stop: AbortSignal): Promise<Abandoned> {
  if (movedTo(path) !== undefined) {
    throw new MoveRefused("HAS_MOVED", "The store has moved: there is no way back to the SQLite file.");
  }
  const source = openSource(path, stop);
  try {
    const current = readMove(source.connection);
    if (current === undefined) return { wasThere: false, isLeft: false };
    if (isRunning(current)) throw new MoveRefused("MOVE_RUNNING", "The mover is at work: stop it first.");
    const target = openTarget({ url: current.url, onAway: () => {}, stop });
    const isLeft = await target
      .once(CLEAR_MS, (client) => clear(source, client))
      .then(
        () => false,
        () => true,
      );
    target.close();
    await source.write(() => dropCapture(source.connection));
    return { wasThere: true, isLeft };
  } finally {
    source.close();
  }
}
