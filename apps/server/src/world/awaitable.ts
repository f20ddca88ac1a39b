/**
 * What is there already, or a promise of it. What every request asks for need not wait for a turn of its own where
 * the answer is in memory: each promise costs about as much as the lookup.
 */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with what is there, at once if it is there already. */
export function afterwards<T, V>(given: Awaitable<T>, next: (value: T) => V): Awaitable<V> {
  return given instanceof Promise ? given.then(next) : next(given);
}

/** Makes a function that answers at once; if that fails, it rejects, like one that has to wait. */
export function atOnce<A, V>(answer: (asked: A) => V): (asked: A) => Awaitable<V> {
  return (asked) => {
    try {
      return answer(asked);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** Two answers that were asked for at once: over a network they are one question. */
export function both<A, B>(one: Awaitable<A>, other: Awaitable<B>): Awaitable<readonly [A, B]> {
  // Safe: neither is a promise.
  if (!(one instanceof Promise || other instanceof Promise)) return [one as A, other as B];
  return Promise.all([one as A, other as B]);
}
