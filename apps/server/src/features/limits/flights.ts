/**
 * What is counted and still being compared, by bucket. It may yet turn out right and be taken back: until
 * then a full bucket is a reason to wait, not to refuse.
 */
export interface Flights {
  /** Notes that something counted in these buckets is being compared. */
  begin(ids: readonly string[]): Flight;
  /**
   * Waits until there may be room in all of these buckets. Resolves to the one where something changed, or to
   * `undefined` if there is nothing to wait for, if too many wait already, or after `withinMs`.
   */
  change(ids: readonly string[], withinMs: number): Promise<string | undefined>;
  /** The room that `change` told of was not used: the next may try. */
  passOn(id: string): void;
}

export interface Flight {
  /** Ends it; `isTakenBack` if it does not count after all. */
  end(isTakenBack: boolean): void;
}

interface Bucket {
  inFlight: number;
  readonly waiting: Set<() => void>;
}

export function createFlights(mostWaiting: number): Flights {
  const buckets = new Map<string, Bucket>();
  let waiting = 0;

  const wakeFirst = ({ waiting: [first] }: Bucket) => first?.();
  const wakeAll = (bucket: Bucket) => {
    for (const wake of [...bucket.waiting]) wake();
  };
  const forgetIfIdle = (id: string, { inFlight, waiting: { size } }: Bucket) => {
    if (inFlight === 0 && size === 0) buckets.delete(id);
  };

  return {
    begin(ids) {
      for (const id of ids) {
        const bucket = buckets.get(id) ?? { inFlight: 0, waiting: new Set() };
        bucket.inFlight++;
        buckets.set(id, bucket);
      }
      return {
        end(isTakenBack) {
          for (const id of ids) {
            const bucket = buckets.get(id);
            if (bucket === undefined) continue;
            bucket.inFlight--;
            if (isTakenBack) wakeFirst(bucket);
            // Nothing is left that could be taken back.
            if (bucket.inFlight === 0) wakeAll(bucket);
            forgetIfIdle(id, bucket);
          }
        },
      };
    },

    async change(ids, withinMs) {
      const found = ids.map((id) => ({ id, bucket: buckets.get(id) }));
      const isHopeless = found.some(({ bucket }) => (bucket?.inFlight ?? 0) === 0);
      const [first] = found;
      if (isHopeless || first?.bucket === undefined || waiting >= mostWaiting) return undefined;
      const { id, bucket } = first;
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
