import { isPage, page } from "./page.js";

/**
 * Where a client keeps its session: `localStorage` and similar, or an asynchronous store such as React
 * Native's.
 */
export interface ClientStorage {
  getItem(key: string): string | null | undefined | PromiseLike<string | null | undefined>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** One of the browser's storages by name, memory, or any other. */
export type StorageChoice = "local" | "session" | "memory" | ClientStorage;

/** A storage that never fails: what it cannot store is kept in memory. */
export interface SafeStorage {
  /**
   * What is stored: `null` if nothing is, `undefined` if that cannot be told. A promise only if the storage
   * returns one.
   */
  read(key: string): Found | PromiseLike<Found>;
  /**
   * Stores a value, or deletes it if `null`. Reads return what was written from now on, even before an
   * asynchronous storage has it.
   */
  write(key: string, value: string | null): void;
}

/** What a storage returned: `undefined` if it failed. */
export type Found = string | null | undefined;

/**
 * Opens a storage: the one that was passed, one of the browser's by name, or memory. The default is
 * `localStorage` in browsers and memory elsewhere.
 */
export function openStorage(choice: StorageChoice | undefined): SafeStorage {
  // Not everywhere with a `localStorage`: on a server, all visitors would share it.
  const storage = find(choice ?? (isPage() ? "local" : "memory"));
  /** What the storage has not accepted yet, or refused: it may be full, or forbidden by private browsing. */
  const untaken = new Map<string, string | null>();
  return {
    read(key) {
      if (untaken.has(key) || storage === undefined) return untaken.get(key) ?? null;
      try {
        const found = storage.getItem(key);
        return isPromise(found) ? found.then(present, unknown) : present(found);
      } catch {
        return unknown();
      }
    },
    write(key, value) {
      untaken.set(key, value);
      if (storage === undefined) return;
      const taken = () => {
        // In the meantime something else may have been written.
        if (untaken.get(key) === value) untaken.delete(key);
      };
      try {
        const done = value === null ? storage.removeItem(key) : storage.setItem(key, value);
        if (isPromise(done)) done.then(taken, unknown);
        else taken();
      } catch {
        // It stays in memory.
      }
    },
  };
}

const present = (found: string | null | undefined) => found ?? null;
const unknown = () => undefined;

function find(choice: StorageChoice): ClientStorage | undefined {
  try {
    if (choice === "local") return page.localStorage;
    if (choice === "session") return page.sessionStorage;
  } catch {
    // Browsers that block a site's data throw as soon as the property is read.
    return undefined;
  }
  return choice === "memory" ? undefined : choice;
}

/** Whether a value is still pending. */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as Partial<PromiseLike<Value>> | null | undefined)?.then === "function";
}
