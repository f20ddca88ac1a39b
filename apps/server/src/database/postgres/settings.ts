import { oneOf, wholeNumber } from "../../settings/setting.js";

/** The settings of this engine alone. */
export const postgresSettings = {
  pool: {
    name: "DATABASE_POOL",
    meaning:
      "How many connections to PostgreSQL the transactions of one process share. Two more are always open; with " +
      "WORKERS, each worker has its own.",
    fallback: "8",
    parse: wholeNumber({ min: 1, max: 100 }),
  },
  pooler: {
    name: "DATABASE_POOLER",
    meaning:
      "`transaction`: between this program and PostgreSQL is a pooler that lends connections per transaction, such " +
      "as PgBouncer 1.21 or later with `pool_mode = transaction` and `max_prepared_statements`.",
    fallback: "none",
    parse: oneOf("none", "transaction"),
  },
} as const;
