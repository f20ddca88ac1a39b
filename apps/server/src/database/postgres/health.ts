import type { DatabaseState } from "../availability.js";
import { isUnavailable, refusesWrites } from "./failure.js";
import type { Query } from "./statement.js";

/** The state of the database, from what was last read and written. */
export interface Health {
  state(): DatabaseState;
  /** A statement that reads was answered, or failed. */
  read(failure: unknown): void;
  /** A write was committed, or failed. */
  wrote(failure: unknown): void;
  /** Asks now and then, so that the state is known while there are no requests. */
  watch(query: Query): void;
  close(): void;
}

/** How often PostgreSQL is asked whether it answers, and whether it can be written. */
const ASK_MS = 1000;

const ASK = {
  name: "health",
  text: `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "isReadOnly"`,
};

export function openHealth(): Health {
  let isDown = false;
  let isReadOnly = false;
  let refusedLastWrite = false;
  let timer: NodeJS.Timeout | undefined;
  return {
    state() {
      if (isDown) return "down";
      return isReadOnly || refusedLastWrite ? "read-only" : "up";
    },
    read(failure) {
      isDown = failure !== undefined;
    },
    wrote(failure) {
      if (refusesWrites(failure)) refusedLastWrite = true;
      else if (failure === undefined || !isUnavailable(failure)) refusedLastWrite = false;
    },
    watch(query) {
      let isAsking = false;
      const ask = async () => {
        if (isAsking) return;
        isAsking = true;
        try {
          const [answer] = await query<{ isReadOnly: boolean }>(ASK, []);
          isReadOnly = answer?.isReadOnly === true;
        } catch {
          // `read` was told.
        }
        isAsking = false;
      };
      timer = setInterval(() => void ask(), ASK_MS).unref();
    },
    close: () => clearInterval(timer),
  };
}
