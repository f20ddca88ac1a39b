import { type Change, changeOf, type EngineName, isChange } from "./change.js";
import type { Database, StoreMakers } from "./database.js";
import { StoreMoved } from "./store-moved.js";

export interface SwitchingOptions {
  /** The database that may move while it is used. */
  readonly from: Database;
  /** The database that it has moved to, open; rejects while that cannot be reached, and is then asked again. */
  reach(): Promise<Database>;
  /** The same without waiting; `undefined` if it is not open. */
  reached(): Database | undefined;
}

type Method = (...args: readonly unknown[]) => unknown;

/**
 * A database whose stores change their engine while they are used. A call that was refused because the store had
 * moved has done nothing: the same method is called on the other engine's store, with the same arguments.
 *
 * A change is made for the engine in whose transaction it is written, and only then: one that a service has kept
 * over the switch is made for the engine that it then belongs to.
 */
export function switchingDatabase({ from, reach, reached }: SwitchingOptions): Pick<Database, "storeOf"> {
  return {
    storeOf<S>(makers: StoreMakers<S>): S {
      const before = from.storeOf(makers);
      let after: S | undefined;
      const storeAfter = async () => {
        after ??= (await reach()).storeOf(makers);
        return after;
      };
      const storeIn = (engine: EngineName) => {
        if (engine === "sqlite") return before;
        after ??= reached()?.storeOf(makers);
        if (after === undefined) throw new StoreMoved();
        return after;
      };
      const call = (store: S, name: string, args: readonly unknown[]) =>
        // Safe: `name` is a method of `before`, and both are the same interface.
        (store as Record<string, Method>)[name]?.(...args);
      const switching = Object.entries(before as Record<string, unknown>).map(([name, value]) => {
        if (typeof value !== "function") return [name, value];
        const own = value as Method; // Safe: methods of stores do not use `this`.
        /** Whether the method promises its outcome, so that it need not be tried in vain any more. */
        let promises = false;
        const method: Method = (...args) => {
          if (promises && after !== undefined) return call(after, name, args);
          const made = own(...args);
          if (made instanceof Promise) {
            promises = true;
            return made.catch(async (error: unknown) => {
              if (!(error instanceof StoreMoved)) throw error;
              return call(await storeAfter(), name, args);
            });
          }
          if (isChange(made)) {
            return changeOf({
              next: (engine) => (engine === "sqlite" ? made : (call(storeIn(engine), name, args) as Change)),
            });
          }
          if (isIterable(made)) return continued(made, async () => call(await storeAfter(), name, args));
          return made;
        };
        return [name, method];
      });
      return Object.fromEntries(switching) as S; // Safe: the same names and kinds.
    },
  };
}

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/** A long read sees one moment: one that has begun is finished where it was begun. */
async function* continued(before: AsyncIterable<unknown>, after: () => Promise<unknown>) {
  try {
    yield* before;
  } catch (error) {
    if (!(error instanceof StoreMoved)) throw error;
    yield* (await after()) as AsyncIterable<unknown>; // Safe: the same method of the other engine.
  }
}
