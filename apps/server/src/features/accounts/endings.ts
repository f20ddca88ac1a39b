import { type Change, together } from "../../database/change.js";
import type { Account } from "./store.js";

/** All sessions of an account end: its epoch has risen. */
export interface End {
  readonly atMs: number;
  /** The id of the session that is carried over into the new epoch: that in which the owner asked for it. */
  readonly keepSession?: string | undefined;
}

/** What ends with it. */
export interface Ending {
  /** Is committed with the change that raises the epoch. */
  readonly change: Change;
  /** What is left to do after the commit; nothing depends on it but those who ask elsewhere than the database. */
  settle(): Promise<void>;
}

/** What hangs on an account's epoch. Features above add their part; accounts know of none of them. */
export interface Endings {
  /** For the start, before anything ends. `account` has the new epoch already. */
  add(part: (account: Account, end: End) => Ending): void;
  /** All parts as one. */
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
