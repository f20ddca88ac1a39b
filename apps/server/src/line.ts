/**
 * Entries that wait, under a path of names from the widest to the narrowest, such as a site, a network in it
 * and an address in that. At each level the names take turns, so that a thousand networks of one site get no
 * more than one network of another.
 */
export interface Line<T> {
  readonly size: number;
  add(path: readonly string[], entry: T): void;
  /** Removes and returns the entry whose turn it is. */
  next(): T | undefined;
  /** Removes an entry; `false` if it is not in the line. */
  remove(path: readonly string[], entry: T): boolean;
  /**
   * Removes and returns the last entry of the name that has the most at each level, if that is more than a
   * newcomer at `path` would have there; `undefined` if the newcomer would have the most.
   */
  makeRoom(path: readonly string[]): T | undefined;
  /** Removes and returns the last entry under the fullest path. */
  dropLast(): T | undefined;
}

interface Branch<T> {
  size: number;
  readonly branches: Map<string, Branch<T>>;
  readonly entries: Set<T>;
}

const emptyBranch = <T>(): Branch<T> => ({ size: 0, branches: new Map(), entries: new Set() });

export function createLine<T>(): Line<T> {
  const root = emptyBranch<T>();
  return {
    get size() {
      return root.size;
    },

    add(path, entry) {
      let branch = root;
      branch.size++;
      for (const name of path) {
        const next = branch.branches.get(name) ?? emptyBranch<T>();
        branch.branches.set(name, next);
        branch = next;
        branch.size++;
      }
      branch.entries.add(entry);
    },

    next: () => takeFirst(root),
    remove: (path, entry) => remove(root, path, entry),
    makeRoom: (path) => makeRoom(root, path),
    dropLast: () => makeRoom(root, undefined),
  };
}

function takeFirst<T>(branch: Branch<T>): T | undefined {
  if (branch.size === 0) return undefined;
  branch.size--;
  const [first] = branch.branches;
  if (first === undefined) {
    const [entry] = branch.entries;
    // Safe: the size says that there is one.
    branch.entries.delete(entry as T);
    return entry;
  }
  const [name, under] = first;
  const entry = takeFirst(under);
  branch.branches.delete(name);
  // To the end of the turn, if it has more.
  if (under.size > 0) branch.branches.set(name, under);
  return entry;
}

function remove<T>(branch: Branch<T>, path: readonly string[], entry: T): boolean {
  const [name, ...rest] = path;
  const under = name === undefined ? undefined : branch.branches.get(name);
  const isRemoved = under === undefined ? branch.entries.delete(entry) : remove(under, rest, entry);
  if (!isRemoved) return false;
  branch.size--;
  if (name !== undefined && under?.size === 0) branch.branches.delete(name);
  return true;
}

function makeRoom<T>(branch: Branch<T>, newcomer: readonly string[] | undefined): T | undefined {
  const [name, ...rest] = newcomer ?? [];
  if (branch.branches.size === 0) return newcomer === undefined ? dropLastOf(branch) : undefined;
  const [fullestName, fullest] = [...branch.branches].reduce((a, b) => (b[1].size > a[1].size ? b : a));
  const own = name === undefined ? undefined : branch.branches.get(name);
  const isNewcomers = newcomer !== undefined && fullest.size <= (own?.size ?? 0) + 1;
  // If the newcomer would have the most, it gives up one of its own entries at the level below, or itself.
  const from = isNewcomers ? own : fullest;
  if (from === undefined) return undefined;
  const dropped = makeRoom(from, isNewcomers ? rest : undefined);
  if (dropped === undefined) return undefined;
  branch.size--;
  if (from.size === 0) branch.branches.delete(isNewcomers ? (name ?? "") : fullestName);
  return dropped;
}

function dropLastOf<T>(leaf: Branch<T>): T | undefined {
  const last = [...leaf.entries].at(-1);
  if (last !== undefined) {
    leaf.entries.delete(last);
    leaf.size--;
  }
  return last;
}
