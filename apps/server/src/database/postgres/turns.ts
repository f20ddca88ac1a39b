import { startDeadline } from "../../world/deadline.js";
import { DatabaseUnavailable } from "../availability.js";
import { TooLate } from "./deadline.js";

/** How many may wait for a turn; beyond that `DatabaseUnavailable` is raised at once. */
const MAX_WAITING = 1000;

/** Turns at something of which there are only so many. */
export interface Turns {
  /** Waits for a turn and takes it; rejects with `DatabaseUnavailable` if no turn ends well in time. */
  take(): Promise<void>;
  /** Ends a turn; `isGood`: what it was taken for was done. */
  end(isGood: boolean): void;
  /** All who wait would wait for nothing. */
  refuseAll(error: DatabaseUnavailable): void;
}

export interface TurnsOptions {
  /** How many turns are taken at once. */
  readonly most: number;
  /** How long a wait may be while no turn ends well. */
  readonly silentMs: number;
  /** How long a wait may be at all. */
  readonly longestMs: number;
}

interface Waiting {
  enter(): void;
  refuse(error: DatabaseUnavailable): void;
}

/** While others get their turns there is only too much to do: then a wait may be longer. */
export function openTurns({ most, silentMs, longestMs }: TurnsOptions): Turns {
  const waiting = new Set<Waiting>();
  let taken = 0;
  /** When a turn ended well. */
  let endedMs = Number.NEGATIVE_INFINITY;

  const wait = () =>
    new Promise<void>((resolve, reject) => {
      const startMs = performance.now();
      const leave = () => {
        deadline.clear();
        waiting.delete(mine);
      };
      const mine: Waiting = {
        enter() {
          leave();
          resolve();
        },
        refuse(error) {
          leave();
          reject(error);
        },
      };
      const giveUp = () => {
        const nowMs = performance.now();
        const leftMs = Math.min(endedMs + silentMs, startMs + longestMs) - nowMs;
        if (leftMs > 0) deadline = startDeadline(leftMs, giveUp);
        else mine.refuse(new DatabaseUnavailable(new TooLate()));
      };
      let deadline = startDeadline(silentMs, giveUp);
      waiting.add(mine);
    });

  return {
    async take() {
      if (taken < most) taken++;
      else if (waiting.size < MAX_WAITING) await wait();
      else throw new DatabaseUnavailable();
    },
    end(isGood) {
      if (isGood) endedMs = performance.now();
      const [first] = waiting;
      if (first === undefined) taken--;
      else first.enter();
    },
    refuseAll(error) {
      for (const { refuse } of [...waiting]) refuse(error);
    },
  };
}
