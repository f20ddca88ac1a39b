/**
 * Statements that are written in the transaction of a change that somebody else makes: both stand, or neither. Stores
 * make them, services hand them on.
 */
export interface Companion {
  /** Runs in the transaction, behind the change; what it throws undoes that as well. */
  write(): void;
  /** Runs after the commit, and not where it was undone. */
  committed?(): void;
}

/** What goes with a change, made of what the change came to. */
export type Accompany<T = void> = (outcome: T) => Companion;

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
