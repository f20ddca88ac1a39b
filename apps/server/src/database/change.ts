/**
 * What goes into one transaction with another change, or into one of its own: both are committed, or neither. A store
 * makes it, for its own engine; services only hand it on. Nothing outside `database/` looks inside.
 */
export interface Change {
  readonly [PARTS]: readonly Part[];
}

/** A change that is made of what another change comes to, once that is known and before it is committed. */
export type ChangeOf<T> = (outcome: T) => Change;

/** One part of a change, as its engine reads it. */
export interface Part {
  /** Statements as the engine that made them understands them; absent where there is nothing to write. */
  readonly statements?: unknown;
  /** Called after the commit, and not where it was undone. Must not throw. */
  readonly committed?: (() => void) | undefined;
}

const PARTS = Symbol("the parts of a change");

/** For engines: a change of these statements. */
export function changeOf(part: Part): Change {
  return { [PARTS]: [part] };
}

/** For engines: the parts of a change, in the order in which they were put together. */
export function partsOf(change: Change): readonly Part[] {
  return change[PARTS];
}

/** Several changes as one, in their order. */
export function together(...changes: ReadonlyArray<Change | undefined>): Change {
  return { [PARTS]: changes.flatMap((change) => (change === undefined ? [] : change[PARTS])) };
}

/** Writes nothing and is told of the commit. */
export function onCommit(committed: () => void): Change {
  return changeOf({ committed });
}

/** Nothing at all. */
export const NO_CHANGE: Change = together();
