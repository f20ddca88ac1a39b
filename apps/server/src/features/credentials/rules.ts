/**
 * What hashes are computed for, and each kind's share of the computing time while others want it. A kind
 * that anyone can flood without an account cannot take another's share.
 * - `known`: sign-ins from places where the account's owner has signed in before, and what only a signed-in
 *   user, an administrator or the operator can ask for;
 * - `unknown`: other sign-ins, those of unknown users included;
 * - `registration`: the passwords of new accounts;
 * - `recovery`: new passwords by mailed links.
 */
export const SHARES = { known: 8, unknown: 4, registration: 2, recovery: 2 } as const;

export type HashKind = keyof typeof SHARES;

// Safe: these are its keys.
export const HASH_KINDS = Object.keys(SHARES) as readonly HashKind[];

/** The state of one kind in a queue. */
export interface Lane {
  readonly waiting: number;
  readonly running: number;
  /** The computing time it has had, divided by its share. */
  readonly usedMs: number;
}

export type Lanes = Readonly<Record<HashKind, Lane>>;

/** How many places a kind may take: one kind that strangers can flood always leaves half of them free. */
export function mostRunning(kind: HashKind, concurrency: number): number {
  return kind === "known" ? concurrency : Math.ceil(concurrency / 2);
}

/** The kind that is served next: of those that may run, the one that has had the least for its share. */
export function nextKind(lanes: Lanes, concurrency: number): HashKind | undefined {
  const total = HASH_KINDS.reduce((sum, kind) => sum + lanes[kind].running, 0);
  if (total >= concurrency) return undefined;
  const ready = HASH_KINDS.filter((kind) => {
    const { waiting, running } = lanes[kind];
    return waiting > 0 && running < mostRunning(kind, concurrency);
  });
  return least(ready, (kind) => lanes[kind].usedMs);
}

/**
 * What a kind has had once it wants something again: time that it left unused is not saved up, or it could
 * shut out the others later. `paceMs` is what the kind that was served last had before.
 */
export function usedOnReturn({ waiting, running, usedMs }: Lane, paceMs: number): number {
  return waiting + running === 0 ? Math.max(usedMs, paceMs) : usedMs;
}

/**
 * The kind that gives up a waiting task if all waiting places are taken and one of `asking` comes: the one
 * with the most for its share, counting the newcomer.
 */
export function fullestKind(lanes: Lanes, asking: HashKind): HashKind {
  const fullness = (kind: HashKind) => (lanes[kind].waiting + (kind === asking ? 1 : 0)) / SHARES[kind];
  const fullest = least(HASH_KINDS, (kind) => -fullness(kind)) ?? asking;
  return fullness(fullest) > fullness(asking) ? fullest : asking;
}

function least<T>(all: readonly T[], figure: (each: T) => number): T | undefined {
  return all.reduce<T | undefined>(
    (best, each) => (best === undefined || figure(each) < figure(best) ? each : best),
    undefined,
  );
}
