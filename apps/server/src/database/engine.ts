import type { Metrics } from "../world/metrics.js";
import type { Connections } from "./connections.js";
import type { CopiesOfFiles, MigrationState, OwnTools, TrialCopy } from "./copies.js";
import type { Database } from "./database.js";
import type { OlderTables } from "./older.js";

/**
 * What one kind of database can do before it is open, and next to processes that use it. A URL is the result
 * of `parseUrl`.
 */
export interface DatabaseEngine {
  /** Reads a `DATABASE_URL`; a fault says what it must be. */
  parseUrl(value: string): { readonly value: string } | { readonly fault: string };
  /**
   * Opens a database and creates it if there is none. Rejects with `DatabaseOlder` if its tables are older and
   * must not be upgraded.
   */
  open(options: OpenOptions): Promise<Database>;
  /** Opens a database whose tables are up to date, read-only: nothing in it is changed. */
  openForReading(place: Place): Promise<Database>;
  /** Whether another process has the database open that would stop serving it if its tables were upgraded. */
  isUpgradeDisruptive(place: Place): Promise<boolean>;
  /** Examines a database without changing anything. */
  inspect(place: Place): Promise<Inspection>;
  /** Why a database of this engine could not be opened or used; `undefined` if it was for another reason. */
  explain(error: unknown): DatabaseFailure | undefined;
  /** How it is backed up and restored: by this program, or by the tools of the database itself. */
  readonly copies: CopiesOfFiles | OwnTools;
  /** Makes a copy to try something on, or an empty database if there is none to copy. */
  copyForTrial(place: Place): Promise<TrialCopy>;
}

/** Where a database is, and how it is reached. */
export interface Place {
  readonly url: string;
  /** The folder of all engines' migrations, with a subfolder for each engine. */
  readonly migrations: string;
  /** How many connections transactions share, where the database is a server. */
  readonly pool: number;
  /** What lies between this program and a database server. */
  readonly pooler: "none" | "transaction";
}

export interface OpenOptions extends Place {
  /**
   * `upgrade` brings the tables up to date; a server of the older version that is still running then stops
   * serving the database.
   */
  readonly olderTables: OlderTables;
  /**
   * Of a database that is a file. `full`: what is acknowledged survives a power failure. `normal`: it survives a
   * crash of the process.
   */
  readonly synchronous: "full" | "normal";
  /**
   * Whether to do what is needed in the long run, such as reserving space for a full disk: for servers, not for
   * short-lived processes.
   */
  readonly keepsRoom: boolean;
  readonly metrics?: Metrics | undefined;
  /**
   * Called with a sentence for the operator if the open database must not be used any more, for example
   * because its file was replaced, and with `undefined` when it can be used again.
   */
  readonly onLost?: ((sentence: string | undefined) => void) | undefined;
  /** Called once a database that is a server has been connected to. */
  readonly onConnected?: ((connections: Connections) => void) | undefined;
  /** Whether this is the end of a move that the caller follows. */
  readonly follows?: boolean | undefined;
  /** Called with a sentence for the operator if the store is, or goes, where `url` does not lead. */
  readonly onMoved?: ((sentence: string) => void) | undefined;
}

/** Why a database cannot be used, and what to do about it. */
export interface DatabaseFailure {
  readonly sentence: string;
  /** Whether a setting must be changed: starting again does not help. */
  readonly isSetting: boolean;
}

/** The result of an examination. `code` is the engine's own, if it gave one. */
export type Inspection =
  | { readonly state: "absent" }
  /** The database is missing, but these files of it are there. */
  | { readonly state: "lost"; readonly traces: readonly string[] }
  /** There is something else in its place, such as a folder or a pipe. */
  | { readonly state: "no file" }
  /** This user may not read or write this file or folder of it. */
  | { readonly state: "forbidden"; readonly file: string }
  /** It contains another program's tables. */
  | { readonly state: "foreign" }
  | { readonly state: "unusable"; readonly code?: string | undefined; readonly failure?: DatabaseFailure }
  | { readonly state: "sound"; readonly place: InspectedPlace; readonly migrations: MigrationState };

/** A file, or a server. */
export type InspectedPlace = { readonly file: DatabaseFile } | { readonly server: DatabaseServer };

/** The database's file, seen from outside. */
export interface DatabaseFile {
  /** The permission bits, as for `chmod`. */
  readonly mode: number;
  /** The size of the log of writes that are not in the file yet. */
  readonly walBytes: number;
  /** The free space on its disk. */
  readonly freeBytes: number;
}

/** The server of a database, as it describes itself. */
export interface DatabaseServer {
  readonly version: string;
  /** Whether it is not a standby, and not read-only. */
  readonly isWritable: boolean;
  /** How many connections there can be in all. */
  readonly maxConnections: number;
  /** Whether what it acknowledges survives a power failure, as it is configured. */
  readonly isDurable: boolean;
  /** Whether the user may read and write all tables. */
  readonly mayUseTables: boolean;
  /** Whether the user may create tables, as a later version's migrations do. */
  readonly mayCreateTables: boolean;
  /**
   * What lies between this program and the server. `unexpected`: a pooler that the settings do not name;
   * `unprepared`: one that keeps no prepared statements.
   */
  readonly pooler: "none" | "expected" | "unexpected" | "unprepared";
  /** The log of changes from which processes learn what other ones wrote. */
  readonly changes: { readonly count: number; readonly oldestMs: number | undefined };
  /** How much its clock is ahead of this machine's. */
  readonly aheadMs: number;
  /** `unverified`: encrypted, but the server need not prove who it is. */
  readonly tls: "off" | "unverified" | "verify";
}
