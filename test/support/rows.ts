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

/** Runs a statement that every engine understands, which notes or changes rows behind the server's back. */
export function changeRows({ database }: { readonly database: Database }, text: string): Promise<void> {
  const change = database.storeOf({
    sqlite: (sqlite: Sqlite) => () => sqlite.write(() => void sqlite.writer.run(text)),
    postgres: (postgres: Postgres) => () =>
      postgres.write(async ({ query }) => {
        await query({ name: createHash("md5").update(text).digest("hex"), text }, []);
      }),
  });
  return change();
}
