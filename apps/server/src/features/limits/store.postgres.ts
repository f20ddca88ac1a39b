import { tryTask } from "../../database/postgres/locks.js";
import type { Postgres } from "../../database/postgres/postgres.js";
import type { Bucket, Counted, LimitStore, Taken, Window } from "./store.js";

/** Counts for several at once. All counters are locked in one order. */
const TAKE = {
  name: "take",
  text: `SELECT take, id, ends_at AS "endsAtMs", is_full AS "isFull"
    FROM latchkey_take($1, $2, $3, $4, $5, $6, $7)`,
};
const GIVE_BACK = { name: "give_back", text: "SELECT latchkey_give_back($1, $2)" };
const DELETE_OVER = {
  name: "delete_counters_over",
  text: `DELETE FROM guesses WHERE id = ANY (ARRAY(
    SELECT id FROM guesses WHERE ends_at <= $1 OR ends_at > $2 LIMIT $3 FOR UPDATE SKIP LOCKED)) RETURNING id`,
};

interface Take {
  readonly buckets: readonly Bucket[];
  readonly window: Window;
}

interface Row extends Counted {
  /** The number of the take that it is about, from 1 on. */
  readonly take: number;
  readonly isFull: boolean;
}

/** Counters in PostgreSQL: shared by all nodes. */
export function postgresLimitStore(postgres: Postgres): LimitStore {
  const take = postgres.lane<Take, Taken>(async (takes, query) => {
    const buckets = takes.flatMap(({ buckets }, at) =>
      buckets.map((bucket) => ({ take: at + 1, ...bucket })),
    );
    const windows = takes.map(({ window }) => window);
    const rows = await query<Row>(TAKE, [
      buckets.map(({ take }) => take),
      buckets.map(({ id }) => id),
      buckets.map(({ limit }) => limit),
      windows.map(({ nowMs }) => nowMs),
      windows.map(({ endsAtMs }) => endsAtMs),
      windows.map(({ era }) => era),
      windows.map(({ begunUptimeMs }) => begunUptimeMs),
    ]);
    const rowsOf = takes.map((): Row[] => []);
    for (const row of rows) rowsOf[row.take - 1]?.push(row);
    return takes.map(({ buckets }, at) => takenOf(buckets, rowsOf[at] ?? []));
  });
  const giveBack = postgres.lane<readonly Counted[], undefined>(async (given, query) => {
    const counted = given.flat();
    await query(GIVE_BACK, [counted.map(({ id }) => id), counted.map(({ endsAtMs }) => endsAtMs)]);
    return given.map(() => undefined);
  });

  return {
    take: (buckets, window) => take({ buckets, window }),

    giveBack,
    givesBackInOrder: false,

    deleteOver: ({ nowMs, endsAtMs, limit }) =>
      postgres.write(async ({ query }) => {
        if (!(await tryTask(query, "limits"))) return 0;
        return (await query(DELETE_OVER, [nowMs, endsAtMs, limit])).length;
      }),
  };
}

/** In the order of the buckets. */
function takenOf(buckets: readonly Bucket[], rows: readonly Row[]): Taken {
  const counted = buckets.flatMap(({ id: wanted }) =>
    rows.filter(({ id }) => id === wanted).map(({ id, endsAtMs }) => ({ id, endsAtMs })),
  );
  return rows.some(({ isFull }) => isFull) ? { full: counted } : { counted };
}
