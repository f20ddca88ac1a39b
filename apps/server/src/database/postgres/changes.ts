import type { ChangeWatch } from "./kept-rows.js";
import type { Query } from "./statement.js";

/** How many changes one look reads; with more, it looks again. */
const PAGE = 1000;

interface Noted {
  readonly n: number;
  readonly tag: number;
  readonly kind: string;
  readonly id: string;
}

const LOOK = {
  name: "look",
  text: `SELECT n, tag, kind, id FROM changes WHERE n >= $1 ORDER BY n LIMIT ${PAGE}`,
};
const NEWEST = {
  name: "newest_change",
  text: "SELECT n, tag, kind, id FROM changes ORDER BY n DESC LIMIT 1",
};

/**
 * Watches the log of changes, which the triggers of PostgreSQL write in the order of commits. A look asks for
 * everything from the last known change on. That one must come back first: if it does not, this is another
 * server, or one whose history was changed (a failover, a restored backup), and everything is forgotten.
 *
 * All requests of one turn of the event loop share a look, which is sent after the last of them was read. `query`
 * must use one connection that answers in order, and the same one that rows are loaded over.
 */
export function watchChanges(query: Query): ChangeWatch {
  const forgetting = new Map<string, Array<(id: string | undefined) => void>>();
  let cursor: Pick<Noted, "n" | "tag"> | undefined;
  let open: Promise<void> | undefined;

  const forgetAll = () => {
    for (const all of forgetting.values()) for (const forget of all) forget(undefined);
  };

  const look = async (): Promise<void> => {
    const from = cursor;
    if (from === undefined) {
      const [newest] = await query<Noted>(NEWEST, []);
      // Other looks may have been under way on the same connection.
      if (cursor === undefined) cursor = newest;
      return forgetAll();
    }
    const noted = await query<Noted>(LOOK, [from.n]);
    const [known] = noted;
    if (known?.n !== from.n || known.tag !== from.tag) {
      cursor = undefined;
      forgetAll();
      return look();
    }
    for (const { n, tag, kind, id } of noted) {
      if (cursor !== undefined && n <= cursor.n) continue;
      for (const forget of forgetting.get(kind) ?? []) forget(id === "" ? undefined : id);
      cursor = { n, tag };
    }
    if (noted.length === PAGE) return look();
  };

  return {
    look() {
      if (open === undefined) {
        const mine: Promise<void> = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
          if (open === mine) open = undefined;
          return look();
        });
        open = mine;
      }
      return open;
    },
    onChange(kind, forget) {
      forgetting.set(kind, [...(forgetting.get(kind) ?? []), forget]);
    },
  };
}
