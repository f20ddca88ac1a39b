import { quietly } from "./failure.js";
import { type Kept, readKept } from "./kept.js";
import { isPromise, type SafeStorage } from "./storage.js";

/**
 * Records a sign-out that the server does not know of yet. No script can delete the cookie: without this
 * note, a user who signed out while offline would be signed in again by the next page.
 */
export interface LeaveNote {
  /** The session that was left. */
  read(): Promise<Kept | undefined>;
  write(kept: Kept): void;
  /** Forgets it: the server knows, or the cookie now holds another session. */
  forget(): void;
  /** Whether the session still has to be ended; waits until no sign-in is in progress. */
  stands(): Promise<boolean>;
  /** A user is signing in: telling the server now would end the session that is about to begin. */
  waitFor(entering: Promise<unknown>): void;
}

export function openLeaveNote(storage: SafeStorage, key: string): LeaveNote {
  let entering: Promise<unknown> = Promise.resolve();
  const read = async () => {
    const found = storage.read(key);
    return readKept((isPromise(found) ? await found : found) ?? null);
  };
  return {
    read,
    write: (kept) => storage.write(key, JSON.stringify(kept)),
    forget: () => storage.write(key, null),
    async stands() {
      await quietly(entering);
      return (await read()) !== undefined;
    },
    waitFor(work) {
      entering = work;
    },
  };
}
