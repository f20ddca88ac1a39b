import type { AnyLetterKind, Decider } from "../features/mail/service.js";
import type { Mount } from "../mount.js";
import type { Implementation } from "../rpc/implement.js";

/** What a feature can return in addition to its services. The wiring gathers these in loops. */
export interface Parts {
  /** Deletes some expired rows, so few at once that nothing else has to wait for it; resolves to how many. */
  deleteOver?(): Promise<number>;
  /** Starts background work. Commands do not call it. */
  start?(): void;
  /** Ends responses that go on by themselves. Called when the server begins to stop, while it still answers. */
  drain?(): void;
  /** Stops background work, and writes down what is known only in memory. */
  close?(): void | Promise<void>;
  readonly mounts?: readonly Mount[] | undefined;
  /** The kinds of letters that it sends, so that those in the outbox can be rendered. */
  readonly letters?: readonly AnyLetterKind[] | undefined;
  /** Decides whether requested letters are written. */
  readonly deciders?: readonly Decider[] | undefined;
  readonly surfaces?: Surfaces | undefined;
}

/** The surface of a contract, under its namespace. */
export type Surfaces = Readonly<Record<string, Implementation>>;

/** An opened feature, together with its surface. */
export function served<F extends object>(
  namespace: string,
  surface: (feature: F) => Implementation,
  feature: F,
) {
  return { ...feature, surfaces: { [namespace]: surface(feature) } };
}

/**
 * All parts combined. They are closed in reverse order, so that a feature is closed before those it depends
 * on.
 */
export function gather(all: readonly Parts[]) {
  return {
    mounts: all.flatMap(({ mounts = [] }) => mounts),
    surfaces: Object.fromEntries(all.flatMap(({ surfaces = {} }) => Object.entries(surfaces))),
    letters: all.flatMap(({ letters = [] }) => letters),
    deciders: all.flatMap(({ deciders = [] }) => deciders),
    cleaned: all.flatMap((parts) => (parts.deleteOver === undefined ? [] : [parts.deleteOver.bind(parts)])),
    start() {
      for (const parts of all) parts.start?.();
    },
    drain() {
      for (const parts of all) parts.drain?.();
    },
    async close() {
      for (const parts of all.toReversed()) await parts.close?.();
    },
  };
}
