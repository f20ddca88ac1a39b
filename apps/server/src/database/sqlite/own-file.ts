import type Database from "better-sqlite3";
import { isUnavailable } from "./failure.js";
import { type FileFault, watchFile } from "./file-watch.js";
import { identityOf, prepareMark } from "./identity.js";
import { watchSchema } from "./migrate.js";
import { realPathOf } from "./real-path.js";

/** Why the database that is open must not be used any more. */
export type Loss = FileFault | "newer";

/** Called with what happened, and with `undefined` when everything is as it was. */
export type TellLost = (loss: Loss | undefined) => void;

/** The file of an open database: whether it is still the one at the database's path. */
export interface OwnFile {
  /** Looks at the files at this moment, which takes a few microseconds. */
  isThere(): boolean;
  /** The result of the last look. */
  isLost(): boolean;
  /** In a transaction: whether the tables are still those of this program. */
  isKnown(): boolean;
  /** In a transaction that changes anything: tells the log to which file it belongs. */
  mark(): void;
  /** Whether the open file itself was overwritten with another one. */
  isOverwritten(): boolean;
  /** Stops watching, but keeps the file open. */
  stop(): void;
  /** After the connections are closed. */
  close(): void;
}

interface Options {
  readonly path: string;
  readonly migrations: string;
  /** How often to look without being asked; absent if only its users ask. */
  readonly everyMs: number | undefined;
  readonly onLost?: TellLost | undefined;
}

export function openOwnFile(connection: Database.Database, options: Options): OwnFile {
  const { path, migrations, everyMs, onLost = () => {} } = options;
  const isSchemaKnown = watchSchema(connection, migrations);
  const watch = watchFile({
    path,
    realPath: realPathOf(path),
    identity: identityOf(connection),
    settle() {
      try {
        connection.pragma("wal_checkpoint(PASSIVE)");
      } catch (error) {
        // The disk may be full, for example: a later checkpoint does it.
        if (!isUnavailable(error)) throw error;
      }
    },
  });
  let told: Loss | undefined;
  let newer = false;

  const tell = (loss: Loss | undefined) => {
    if (loss === told) return;
    told = loss;
    onLost(loss);
  };
  const look = () => tell(newer ? "newer" : watch.fault());
  const isThere = () => {
    look();
    return told === undefined;
  };
  const isKnown = () => {
    newer ||= !isSchemaKnown();
    if (newer) tell("newer");
    return !newer;
  };
  const lookAtAll = () => {
    try {
      if (isThere()) isKnown();
    } catch {
      // The database cannot be read at the moment: its users are told so by their own statements.
    }
  };
  const timer = everyMs === undefined ? undefined : setInterval(lookAtAll, everyMs).unref();
  const stop = () => clearInterval(timer);
  return {
    isThere,
    isLost: () => told !== undefined,
    isKnown,
    mark: prepareMark(connection),
    isOverwritten: watch.isOverwritten,
    stop,
    close() {
      stop();
      watch.close();
    },
  };
}
