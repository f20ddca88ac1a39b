import { isPage, page } from "./page.js";

/** Where a client keeps its session: `localStorage` and its like, or an asynchronous store such as React Native's. */
export interface ClientStorage {
  getItem(key: string): string | null | undefined | PromiseLike<string | null | undefined>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** A storage of the browser's by its name, memory, or any other. */
export type StorageChoice = "local" | "session" | "memory" | ClientStorage;

/** A storage that never fails: what it cannot keep is held in memory. */
export interface SafeStorage {
  /** What is kept: `null` where nothing is, `undefined` where it cannot be said. A promise only where the storage gives one. */
  read(key: string): Found | PromiseLike<Found>;
  /** Keeps a value, or with `null` nothing. What was written is read from then on, also before an asynchronous storage has it. */
  write(key: string, value: string | null): void;
}

/** What a storage said: `undefined` where it failed. */
export type Found = string | null | undefined;

/**
 * Opens a storage: the one that is given, a browser's by its name, or memory. Where nothing is chosen, it is
 * `localStorage` in browsers and memory elsewhere.
 */
export function openStorage(choice: StorageChoice | undefined): SafeStorage {
  // Not wherever there is a `localStorage`: on a server all visitors would share it.
  const storage = find(choice ?? (isPage() ? "local" : "memory"));
  /** What the storage has not taken yet, or would not take: a full one, one that private browsing forbids. */
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
        // Meanwhile something else may have been written.
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
    // Browsers that block a site's data throw where they are only asked for it.
    return undefined;
  }
  return choice === "memory" ? undefined : choice;
}

/** Whether a value is still to come. */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as Partial<PromiseLike<Value>> | null | undefined)?.then === "function";
}
