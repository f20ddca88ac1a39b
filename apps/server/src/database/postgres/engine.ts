import type { Database } from "../database.js";
import type { Postgres } from "./postgres.js";

/** An open PostgreSQL database, as all code except its stores sees it. */
export function databaseOfPostgres(postgres: Postgres): Database {
  return {
    storeOf(makers) {
      if (makers.postgres === undefined) throw new Error("This store does not exist for PostgreSQL yet");
      return makers.postgres(postgres);
    },
    state: postgres.state,
    // Each look is sent after the requests of its turn were read, so none is older than they are.
    expireLook() {},
    close: postgres.close,
  };
}
