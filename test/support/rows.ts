import { createHash } from "node:crypto";
import type { Database } from "../../apps/server/src/database/database.js";
import type { Postgres } from "../../apps/server/src/database/postgres/postgres.js";
import type { Sqlite } from "../../apps/server/src/database/sqlite/sqlite.js";

/** Reads rows with a statement that every engine understands: what no store shows, a test may look at. */
export function readRows<R extends object>(
  { database }: { readonly database: Database },
  text: string,
): Promise<readonly R[]> {
  const read = database.storeOf({
    sqlite: (sqlite: Sqlite) => async () => sqlite.reader.all<R>(text),
    postgres: (postgres: Postgres) => () =>
      postgres.query<R>({ name: createHash("md5").update(text).digest("hex"), text }, []),
  });
  return read();
}
