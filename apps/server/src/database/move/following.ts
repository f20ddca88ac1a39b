import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Database } from "../database.js";
import type { OpenOptions } from "../engine.js";
import { explainPostgresFailure } from "../postgres/explain.js";
import { addressOf, describeAddress } from "../postgres/url.js";
import { movedTo } from "../sqlite/moved.js";
import { type MovesStore, sqliteMoves } from "../sqlite/moves.js";
import { StoreMoved } from "../store-moved.js";
import { switchingDatabase } from "../switching.js";

/** How often a process looks whether a move is waiting for it. */
const LOOK_MS = 1000;

export interface FollowOptions {
  /** The path of the SQLite file. */
  readonly path: string;
  readonly open: (url: string) => Promise<Database>;
  /** Called once with a sentence for the operator. */
  readonly onMoved?: OpenOptions["onMoved"];
}

/** What an operator should know whose store has moved while DATABASE_URL names the file that it has left. */
export function describeMoved(url: string): string {
  return (
    `the store has moved to PostgreSQL (${describeAddress(addressOf(url))}), and is used there. Set DATABASE_URL to ` +
    "it; the SQLite file is a backup of the moment of the move."
  );
}

/**
 * Follows a move of the store: opens PostgreSQL while the mover waits for that, and uses it from the switch on. If
 * PostgreSQL cannot be reached then, every call is refused; there is no way back.
 */
export function followMoves(from: Database, { path, open, onMoved }: FollowOptions): Database {
  // Safe: only SQLite's database is followed.
  const moves = from.storeOf<MovesStore>({ sqlite: sqliteMoves, postgres: noMoves });
  const id = randomUUID();
  let opened: { readonly url: string; readonly database: Database } | undefined;
  let opening: Promise<Database> | undefined;
  let isMoved = false;
  let isClosed = false;

  const openOnce = (url: string): Promise<Database> => {
    if (opened?.url === url) return Promise.resolve(opened.database);
    opening ??= (async () => {
      await opened?.database.close();
      opened = undefined;
      const database = await open(url);
      opened = { url, database };
      return database;
    })().finally(() => {
      opening = undefined;
    });
    return opening;
  };

  const reach = async (): Promise<Database> => {
    const to = movedTo(path);
    if (to === undefined) throw new StoreMoved();
    const database = await openOnce(to.url);
    if (!isMoved && !isClosed) {
      isMoved = true;
      clearInterval(timer);
      onMoved?.(describeMoved(to.url));
      // Its writes that are waiting are refused as moved, and their callers come here.
      await from.close();
    }
    return database;
  };

  const getReady = async (url: string): Promise<string | null> => {
    try {
      const database = await openOnce(url);
      await database.storeOf({
        sqlite: () => assertWritable,
        postgres: (postgres) => () =>
          postgres.write(({ database }) => database.execute(sql`SELECT pg_current_xact_id()`)),
      })();
      return null;
    } catch (error) {
      return explainPostgresFailure(error)?.sentence ?? "PostgreSQL cannot be used from here.";
    }
  };

  let isLooking = false;
  const look = async () => {
    if (isLooking || isMoved || isClosed) return;
    isLooking = true;
    try {
      const move = moves.current();
      if (move?.phase === "ready") {
        const failure = await getReady(move.url);
        await moves.noteReady({ id, pid: process.pid, failure, atMs: Date.now() });
      } else if (move === undefined && opened !== undefined) {
        // The move was given up.
        const { database } = opened;
        opened = undefined;
        await database.close();
      }
    } catch (error) {
      // Otherwise the database cannot answer at the moment, which its users are told by their own calls.
      if (error instanceof StoreMoved) await reach().catch(() => {});
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS).unref();

  const reached = () => opened?.database;
  const switching = switchingDatabase({ from, reach, reached });
  return {
    storeOf: (makers) => (isMoved && opened ? opened.database : switching).storeOf(makers),
    state: () => (isMoved ? (opened?.database.state() ?? "down") : from.state()),
    expireLook: () => (isMoved ? opened?.database.expireLook() : from.expireLook()),
    async close() {
      isClosed = true;
      clearInterval(timer);
      // Writes that are waiting may meet the gate, and then need the other database.
      if (!isMoved) await from.close();
      await opening?.catch(() => {});
      await opened?.database.close();
    },
  };
}

/** There is no way on from PostgreSQL. */
const noMoves = (): MovesStore => ({ current: () => undefined, noteReady: async () => {} });

const assertWritable = async (): Promise<unknown> => undefined;
