import { quietly } from "./failure.js";
import { type Kept, readKept } from "./kept.js";
import { isPromise, type SafeStorage } from "./storage.js";

/**
 * Notes that a session was left and the server has not heard of it. No script can delete the cookie: without the note, who
 * signed out without a network would be signed in again by the next page.
 */
export interface LeaveNote {
  /** The session that was left. */
  read(): Promise<Kept | undefined>;
  write(kept: Kept): void;
  /** The server knows, or the cookie holds another session by now. */
  forget(): void;
  /** Whether the session is still to be ended; says so only when nobody is just signing in. */
  stands(): Promise<boolean>;
  /** Somebody is signing in: a farewell that is sent meanwhile would end the session that begins. */
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
