import type { Cause } from "../../cause.js";
import { type Change, together } from "../../database/change.js";
import type { Account } from "./store.js";

/** All sessions of an account end, because its epoch was raised or because it is deleted. */
export interface End {
  readonly because: "account changed" | "account deleted";
  readonly cause: Cause;
  readonly atMs: number;
  /**
   * The id of the session that is carried over into the new epoch: the one in which the owner asked for the
   * change.
   */
  readonly keepSession?: string | undefined;
}

/** What ends with the sessions. */
export interface Ending {
  /** Committed together with the change that raises the epoch, or before the account is deleted. */
  readonly change: Change;
  /** What remains to be done after the commit. Only readers outside the database depend on it. */
  settle(): Promise<void>;
}

/** What ends with an account's epoch. Features above add their parts; accounts know none of them. */
export interface Endings {
  /** Called at start, before anything ends. `account` has the new epoch already. */
  add(part: (account: Account, end: End) => Ending): void;
  /** All parts combined. */
  of(account: Account, end: End): Ending;
}

export function createEndings(): Endings {
  const parts: Array<Parameters<Endings["add"]>[0]> = [];
  return {
    add: (part) => void parts.push(part),
    of(account, end) {
      const endings = parts.map((part) => part(account, end));
      return {
        change: together(...endings.map(({ change }) => change)),
        async settle() {
          await Promise.all(endings.map((ending) => ending.settle()));
        },
      };
    },
  };
}
