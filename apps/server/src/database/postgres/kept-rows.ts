/** Rows that are kept in memory until the log of changes names them. */
export interface KeptRows<V> {
  /** The row as of now: nothing that was committed before this call is missed. */
  get(id: string): Promise<V | undefined>;
}

export interface KeptRowsOptions<V> {
  /** The kind under which triggers note changes of these rows (`changes.ts`). */
  readonly kind: string;
  /** Loads several rows by their ids in one statement on the looking connection. Absent rows are left out. */
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
 * Keeps rows that were loaded. A row that was read before a later look is answered before it, because both go
 * over one connection. Its loading may still end later: both answers may arrive at once. A row that is forgotten
 * while it is being loaded is therefore not kept. Absent rows are never kept, so that an insertion is no change.
 */
export function keepRows<V>(watch: ChangeWatch, options: KeptRowsOptions<V>): KeptRows<V> {
  const { kind, load, limit = LIMIT, isSmall = () => true } = options;
  const rows = new Map<string, V>();
  /** Of each loading that is under way, the rows that it may keep. */
  const loadings = new Set<Set<string>>();
  watch.onChange(kind, (id) => {
    for (const kept of [rows, ...loadings]) {
      if (id === undefined) kept.clear();
      else kept.delete(id);
    }
  });

  const loadAll = async (ids: readonly string[]) => {
    const mayKeep = new Set(ids);
    loadings.add(mayKeep);
    try {
      const loaded = await load(ids);
      for (const [id, row] of loaded) {
        if (!mayKeep.has(id) || !isSmall(row)) continue;
        if (rows.size >= limit) rows.clear();
        rows.set(id, row);
      }
      return loaded;
    } finally {
      loadings.delete(mayKeep);
    }
  };

  let open: { readonly ids: Set<string>; readonly loaded: Promise<ReadonlyMap<string, V>> } | undefined;
  /** What is asked for in one turn of the event loop is loaded with one statement, after the last one asked. */
  const loadWithOthers = async (id: string) => {
    if (open === undefined || open.ids.size >= MAX_LOADED) {
      const ids = new Set<string>();
      const loaded = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        if (open?.ids === ids) open = undefined;
        return loadAll([...ids]);
      });
      open = { ids, loaded };
    }
    open.ids.add(id);
    return (await open.loaded).get(id);
  };

  return {
    async get(id) {
      await watch.look();
      return rows.get(id) ?? loadWithOthers(id);
    },
  };
}
