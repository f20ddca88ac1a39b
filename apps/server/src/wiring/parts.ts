import type { AnyLetterKind, Decider } from "../features/mail/service.js";
import type { Mount } from "../mount.js";
import type { Implementation } from "../rpc/implement.js";

/** What a feature returns beside its services, where it has such a thing. The wiring gathers them by loops. */
export interface Parts {
  /** Deletes some of what is over, so few rows at once that nothing else waits for it; resolves to how many. */
  deleteOver?(): Promise<number>;
  /** Begins what runs in the background. Commands do not call it. */
  start?(): void;
  /** Ends that, and writes down what is only known here. */
  close?(): void | Promise<void>;
  readonly mounts?: readonly Mount[] | undefined;
  /** The kinds of letters that it sends, so that those in the outbox can be rendered. */
  readonly letters?: readonly AnyLetterKind[] | undefined;
  /** What decides whether letters that were asked for are written. */
  readonly deciders?: readonly Decider[] | undefined;
  readonly surfaces?: Surfaces | undefined;
}

/** A door: the surface of a contract, under its namespace. */
export type Surfaces = Readonly<Record<string, Implementation>>;

/** A feature that was opened, together with the door that leads to it. */
export function served<F extends object>(
  namespace: string,
  surface: (feature: F) => Implementation,
  feature: F,
) {
  return { ...feature, surfaces: { [namespace]: surface(feature) } };
}

/** All parts as one. They are closed the other way round: what stands on something goes before it. */
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
    async close() {
      for (const parts of all.toReversed()) await parts.close?.();
    },
  };
}
