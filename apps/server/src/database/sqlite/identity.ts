import { randomInt } from "node:crypto";
import { readSync } from "node:fs";
import Database from "better-sqlite3";
import { assertFile } from "./place.js";

/**
 * Two numbers that SQLite keeps for applications in a file's header, where they can be read without opening
 * the database. 0 means that a number was never given.
 */
export interface Identity {
  /** `application_id`: names the instance. Every copy has it, so that its backups can be told apart. */
  readonly instance: number;
  /** `user_version`: names one file of that instance. A backup has another one than its source. */
  readonly copy: number;
}

const HEADER_BYTES = 100;
const LARGEST = 0x7fff_ffff;

/** The identity as a connection sees it: the header of the file may lag behind the log. */
export function identityOf(connection: Database.Database): Identity {
  const read = (name: string) => Number(connection.pragma(name, { simple: true }));
  return { instance: read("application_id"), copy: read("user_version") };
}

/** The instance's number as it is written in file names; `undefined` if it was never given one. */
export function instanceOf(path: string): string | undefined {
  assertFile(path);
  const connection = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    const { instance } = identityOf(connection);
    return instance === 0 ? undefined : instance.toString(16).padStart(8, "0");
  } finally {
    connection.close();
  }
}

/** Gives a file the numbers that it lacks; in the caller's transaction. */
export function giveIdentity(connection: Database.Database): void {
  const { instance, copy } = identityOf(connection);
  if (instance === 0) connection.pragma(`application_id = ${randomNumber()}`);
  if (copy === 0) markAsCopy(connection);
}

/** Gives a copy its own number, so that it can be told from its original. */
export function markAsCopy(connection: Database.Database): void {
  connection.pragma(`user_version = ${randomNumber()}`);
}

/**
 * Prepares what writes a file's own number again, and so its first page into the log: a log that contains it
 * cannot be taken for another file's.
 */
export function prepareMark(connection: Database.Database): () => void {
  const mark = connection.prepare(`PRAGMA user_version = ${identityOf(connection).copy}`);
  return () => void mark.run();
}

const randomNumber = () => randomInt(1, LARGEST);

/** Reads the header of an open file (SQLite's file format, 1.3); `undefined` if the file is shorter. */
export function readHeader(file: number): Identity | undefined {
  const bytes = Buffer.alloc(HEADER_BYTES);
  if (readSync(file, bytes, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined;
  return { copy: bytes.readInt32BE(60), instance: bytes.readInt32BE(68) };
}
