import { eachTurn } from "./each-turn.js";
import type { ChangeWatch } from "./kept-rows.js";
import type { Query } from "./statement.js";

/** How many changes one look reads; with more, it looks again. */
const PAGE = 1000;

interface Noted {
  readonly n: number;
  readonly tag: number;
  readonly kind: string;
  readonly id: string;
  /** When the server that answers was started, in seconds: another one may have another history. */
  readonly server: number;
}

const COLUMNS = "n, tag, kind, id, date_part('epoch', pg_postmaster_start_time()) AS server";
const LOOK = {
  name: "look",
  text: `SELECT ${COLUMNS} FROM changes WHERE n >= $1 ORDER BY n LIMIT ${PAGE}`,
};
const NEWEST = {
  name: "newest_change",
  text: `SELECT ${COLUMNS} FROM changes ORDER BY n DESC LIMIT 1`,
};

/** Told of each look, for metrics. */
export interface WatchObserver {
  /** A look was answered: how long it took, and how many requests shared it. */
  looked(seconds: number, requests: number): void;
  /** The last known change was not there any more, or another server answered: everything was forgotten. */
  reset(): void;
}

/**
 * Watches the log of changes, which the triggers of PostgreSQL write in the order of commits. A look asks for
 * everything from the last known change on. That one must come back first, from the same server: if it does not,
 * this may be another history (a failover, a restored backup), and everything is forgotten. A standby that was
 * promoted can have the last known change, and lack later ones whose rows were already loaded here.
 *
 * All requests of one turn of the event loop share a look, which is sent after the last of them was read.
 */
export function watchChanges(query: Query, observer?: WatchObserver): ChangeWatch {
  const forgetting = new Map<string, Array<(id: string | undefined) => void>>();
  let cursor: Pick<Noted, "n" | "tag" | "server"> | undefined;
  /** Counts how often everything was forgotten: only answers of one era can be compared by their numbers. */
  let era = 0;

  const begin = async (): Promise<void> => {
    const [newest] = await query<Noted>(NEWEST, []);
    for (const all of forgetting.values()) for (const forget of all) forget(undefined);
    era++;
    cursor = newest;
  };

  const look = async (): Promise<void> => {
    const [from, eraBefore] = [cursor, era];
    if (from === undefined) return begin();
    const noted = await query<Noted>(LOOK, [from.n]);
    const [known] = noted;
    if (known?.n !== from.n || known.tag !== from.tag || known.server !== from.server) {
      observer?.reset();
      return begin();
    }
    for (const change of noted) {
      // Forgotten before, by a look that was answered meanwhile.
      if (era === eraBefore && cursor !== undefined && change.n <= cursor.n) continue;
      for (const forget of forgetting.get(change.kind) ?? [])
        forget(change.id === "" ? undefined : change.id);
      if (era === eraBefore) cursor = change;
    }
    if (noted.length === PAGE) return look();
  };

  const lookWithOthers = eachTurn(
    () => ({ requests: 0 }),
    async ({ requests }) => {
      const startMs = performance.now();
      await look();
      observer?.looked((performance.now() - startMs) / 1000, requests);
    },
  );

  return {
    look: () =>
      lookWithOthers((shared) => {
        shared.requests++;
      }),
    onChange(kind, forget) {
      forgetting.set(kind, [...(forgetting.get(kind) ?? []), forget]);
    },
  };
}
