import { eachTurn } from "./each-turn.js";

/** Rows that are kept in memory until the log of changes names them. */
export interface KeptRows<V> {
  /** The row as of now: nothing that was committed before this call is missed. */
  get(id: string): Promise<V | undefined>;
}

export interface KeptRowsOptions<V> {
  /** The kind under which triggers note changes of these rows (`changes.ts`). */
  readonly kind: string;
  /** Loads several rows by their ids in one statement. Absent rows are left out. */
  load(ids: readonly string[]): Promise<ReadonlyMap<string, V>>;
  readonly limit?: number;
  /** Rows that are not small are loaded each time. */
  isSmall?(row: V): boolean;
}

/** What the rows need of the log of changes. */
export interface ChangeWatch {
  /** Resolves once everything that was committed before this call has been forgotten here. */
  look(): Promise<void>;
  /** Calls back for each change of this kind; without an id for all of them. */
  onChange(kind: string, forget: (id: string | undefined) => void): void;
}

const LIMIT = 10_000;
const MAX_LOADED = 1000;

/**
 * Keeps rows that were loaded. Absent rows are never kept, so that an insertion is no change.
 *
 * A change may become known while a load is under way, whose rows may be older: they are returned, because their
 * callers have looked before it was sent, but what was forgotten meanwhile is not kept. So nothing depends on the
 * order in which answers arrive, or on the connection.
 */
export function keepRows<V>(watch: ChangeWatch, options: KeptRowsOptions<V>): KeptRows<V> {
  const { kind, load, limit = LIMIT, isSmall = () => true } = options;
  const rows = new Map<string, V>();
  /** For each load under way, what was forgotten since; `undefined` among it: everything. */
  const underWay = new Set<Set<string | undefined>>();
  watch.onChange(kind, (id) => {
    if (id === undefined) rows.clear();
    else rows.delete(id);
    for (const forgotten of underWay) forgotten.add(id);
  });

  const loadAll = async (ids: ReadonlySet<string>) => {
    const forgotten = new Set<string | undefined>();
    underWay.add(forgotten);
    try {
      const loaded = await load([...ids]);
      for (const [id, row] of loaded) {
        if (forgotten.has(undefined) || forgotten.has(id) || !isSmall(row)) continue;
        if (rows.size >= limit) rows.clear();
        rows.set(id, row);
      }
      return loaded;
    } finally {
      underWay.delete(forgotten);
    }
  };

  /** What is asked for in one turn of the event loop is loaded with one statement, after the last one asked. */
  const loadWithOthers = eachTurn(
    () => new Set<string>(),
    loadAll,
    (ids) => ids.size < MAX_LOADED,
  );

  return {
    async get(id) {
      await watch.look();
      const kept = rows.get(id);
      if (kept !== undefined) return kept;
      const loaded = await loadWithOthers((ids) => ids.add(id));
      return loaded.get(id);
    },
  };
}
