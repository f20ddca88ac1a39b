import Database from "better-sqlite3";
import { isBusy } from "../sqlite/failure.js";
import { prepareMark } from "../sqlite/identity.js";

const RETRY_MS = 2;

/** The file that is left, beside the processes that use it. */
export interface Source {
  readonly connection: Database.Database;
  /** Runs statements in a transaction, once the lock is free: this process never waits for it in a statement. */
  write<T>(statements: () => T): Promise<T>;
  /** The same for work that takes a while and during which nobody else can write. */
  writeSlowly<T>(work: () => Promise<T>): Promise<T>;
  /** Everything that one transaction sees. */
  read<T>(statements: () => T): T;
  close(): void;
}

/** `synchronous = full`: a commit of this connection is on disk, with everything that was committed before it. */
export function openSource(path: string, stop: AbortSignal): Source {
  const connection = new Database(path, { fileMustExist: true, timeout: 0 });
  connection.pragma("synchronous = full");
  connection.pragma("foreign_keys = ON");
  const mark = prepareMark(connection);
  const begin = connection.prepare("BEGIN IMMEDIATE");
  const commit = connection.prepare("COMMIT");
  let last: Promise<unknown> = Promise.resolve();

  const lock = async () => {
    for (;;) {
      stop.throwIfAborted();
      try {
        begin.run();
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        await new Promise((again) => setTimeout(again, RETRY_MS));
      }
    }
  };
  const writeSlowly = async <T>(work: () => Promise<T>): Promise<T> => {
    await lock();
    try {
      const result = await work();
      mark();
      commit.run();
      return result;
    } catch (error) {
      if (connection.inTransaction) connection.exec("ROLLBACK");
      throw error;
    }
  };
  /** One after the other: they share a connection. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  return {
    connection,
    write: (statements) => inTurn(() => writeSlowly(async () => statements())),
    writeSlowly: (work) => inTurn(() => writeSlowly(work)),
    read: (statements) => connection.transaction(statements)(),
    close: () => void connection.close(),
  };
}
