/**
 * Writes that are committed in one transaction with another change, or in one of their own: both or neither.
 * A store makes it for its own engine; services only pass it on. Only `database/` looks inside.
 */
export interface Change {
  readonly [PARTS]: readonly Part[];
}

/** Makes a change from the outcome of another change, once that is known and before it is committed. */
export type ChangeOf<T> = (outcome: T) => Change;

/** One part of a change, as its engine reads it. */
export interface Part {
  /** Statements in the form that their engine understands; absent if there is nothing to write. */
  readonly statements?: unknown;
  /** Called after the commit, but not after a rollback. Must not throw. */
  readonly committed?: (() => void) | undefined;
  /**
   * Called in the transaction, once the parts before it are written: what else is written with them. `engine` is
   * that of the transaction.
   */
  readonly next?: ((engine: EngineName) => Change | undefined) | undefined;
}

/** The engines that run changes. */
export type EngineName = "sqlite" | "postgres";

/** Thrown by statements whose condition no longer holds: nothing is committed. */
export class ChangeRefused extends Error {
  override readonly name = "ChangeRefused";
}

const PARTS = Symbol("the parts of a change");

/** For engines: makes a change of these statements. */
export function changeOf(part: Part): Change {
  return { [PARTS]: [part] };
}

/** For engines: the parts of a change, in the order in which they were combined. */
export function partsOf(change: Change): readonly Part[] {
  return change[PARTS];
}

/** Whether a store has returned a change, which nothing was written for yet. */
export function isChange(value: unknown): value is Change {
  return typeof value === "object" && value !== null && PARTS in value;
}

/** Several changes as one, in order. */
export function together(...changes: ReadonlyArray<Change | undefined>): Change {
  return { [PARTS]: changes.flatMap((change) => (change === undefined ? [] : change[PARTS])) };
}

/** A change, and another one that depends on what the first has found. */
export function followedBy(change: Change, next: () => Change | undefined): Change {
  return together(change, changeOf({ next }));
}

/** Writes nothing, but calls back after the commit. */
export function onCommit(committed: () => void): Change {
  return changeOf({ committed });
}

/** An empty change. */
export const NO_CHANGE: Change = together();
