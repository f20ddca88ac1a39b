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
}

export function openLeaveNote(storage: SafeStorage, key: string): LeaveNote {
  return {
    async read() {
      const found = storage.read(key);
      return readKept((isPromise(found) ? await found : found) ?? null);
    },
    write: (kept) => storage.write(key, JSON.stringify(kept)),
    forget: () => storage.write(key, null),
  };
}
