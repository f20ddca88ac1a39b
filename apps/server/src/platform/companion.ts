/**
 * Statements that are written in the transaction of a change that somebody else makes: both stand, or neither. Stores
 * make them, services hand them on.
 */
export interface Companion {
  /** Runs in the transaction, behind the change; what it throws undoes that as well. */
  write(): void;
  /**
   * Runs after the commit, and not where it was undone. Forgets or renews the kept rows that `write` has changed: the
   * change it goes with answers only for its own.
   */
  committed?(): void;
}

/** What goes with a change, made of what that is about or comes to. */
export type Accompany<T> = (outcome: T) => Companion;

/** Several as one, in their order. */
export function together(...companions: readonly Companion[]): Companion {
  return {
    write() {
      for (const each of companions) each.write();
    },
    committed() {
      for (const each of companions) each.committed?.();
    },
  };
}
