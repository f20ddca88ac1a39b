/**
 * What is counted and still being compared, by bucket. It may yet turn out right and be taken back: until
 * then a full bucket is a reason to wait, not to refuse.
 */
export interface Flights {
  /** Begins to watch these buckets: from what the store is asked to what follows from its answer. */
  watch(ids: readonly string[]): Watch;
  /** Notes that something counted in these buckets is being compared. */
  begin(ids: readonly string[]): Flight;
  /**
   * Waits until there may be room in all of these buckets. Resolves to the one where something changed, or to
   * `undefined` if there is nothing to wait for, if too many wait already, or after `withinMs`.
   */
  change(ids: readonly string[], withinMs: number): Promise<string | undefined>;
  /** Whether something is being compared in each of these buckets. */
  areInFlight(ids: readonly string[]): boolean;
  /** The room that `change` told of was not used: the next may try. */
  passOn(id: string): void;
}

export interface Watch {
  /** Ends it; whether something in one of these buckets was taken back meanwhile. */
  end(ids: readonly string[]): boolean;
}

export interface Flight {
  /** Ends it; `isTakenBack` if it does not count after all. */
  end(isTakenBack: boolean): void;
}

interface Bucket {
  inFlight: number;
  watches: number;
  takenBack: number;
  readonly waiting: Set<() => void>;
}

export function createFlights(mostWaiting: number): Flights {
  const buckets = new Map<string, Bucket>();
  let waiting = 0;

  const wakeFirst = ({ waiting: [first] }: Bucket) => first?.();
  const wakeAll = (bucket: Bucket) => {
    for (const wake of [...bucket.waiting]) wake();
  };
  const open = (id: string) => {
    const bucket = buckets.get(id) ?? { inFlight: 0, watches: 0, takenBack: 0, waiting: new Set() };
    buckets.set(id, bucket);
    return bucket;
  };
  const forgetIfIdle = (id: string, { inFlight, watches, waiting: { size } }: Bucket) => {
    if (inFlight === 0 && watches === 0 && size === 0) buckets.delete(id);
  };

  const areInFlight = (ids: readonly string[]) => ids.every((id) => (buckets.get(id)?.inFlight ?? 0) > 0);

  return {
    areInFlight,
    watch(ids) {
      const watched = ids.map((id) => {
        const bucket = open(id);
        bucket.watches++;
        return { id, bucket, before: bucket.takenBack };
      });
      return {
        end(changed) {
          for (const { id, bucket } of watched) {
            bucket.watches--;
            forgetIfIdle(id, bucket);
          }
          return watched.some(({ id, bucket, before }) => changed.includes(id) && bucket.takenBack > before);
        },
      };
    },
    begin(ids) {
      for (const id of ids) open(id).inFlight++;
      return {
        end(isTakenBack) {
          for (const id of ids) {
            const bucket = buckets.get(id);
            if (bucket === undefined) continue;
            bucket.inFlight--;
            if (isTakenBack) {
              bucket.takenBack++;
              wakeFirst(bucket);
            }
            // Nothing is left that could be taken back.
            if (bucket.inFlight === 0) wakeAll(bucket);
            forgetIfIdle(id, bucket);
          }
        },
      };
    },

    async change(ids, withinMs) {
      const [id = ""] = ids;
      const bucket = buckets.get(id);
      if (bucket === undefined || !areInFlight(ids) || waiting >= mostWaiting) return undefined;
      return new Promise((resolve) => {
        const done = (change: string | undefined) => {
          clearTimeout(timer);
          waiting--;
          bucket.waiting.delete(wake);
          forgetIfIdle(id, bucket);
          resolve(change);
        };
        const wake = () => done(id);
        const timer = setTimeout(() => done(undefined), withinMs);
        waiting++;
        bucket.waiting.add(wake);
      });
    },

    passOn(id) {
      const bucket = buckets.get(id);
      if (bucket !== undefined) wakeFirst(bucket);
    },
  };
}
