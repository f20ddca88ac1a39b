import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { type ValuesOf, wholeNumber } from "../../settings/setting.js";
import { link } from "./chain.js";
import { createFlood } from "./flood.js";
import { type Audit, createAudit } from "./service.js";
import type { AuditStore } from "./store.js";
import { postgresAuditStore } from "./store.postgres.js";
import { sqliteAuditStore } from "./store.sqlite.js";

export const auditSettings = {
  days: {
    name: "AUDIT_DAYS",
    meaning: "How many days audit log entries are kept; 0 keeps them forever.",
    fallback: "365",
    parse: wholeNumber({ min: 0, max: 36_500 }),
  },
} as const;

export function openAuditStore(database: Database): AuditStore {
  return database.storeOf({
    sqlite: (sqlite) => sqliteAuditStore(sqlite, link),
    postgres: postgresAuditStore,
  });
}

/** The audit log of a database that was opened for reading. */
export function openAuditForReading(
  { database, clock, log }: Pick<Host, "database" | "clock" | "log">,
  { days }: ValuesOf<typeof auditSettings>,
): Pick<Audit, "verify" | "head"> {
  const store = openAuditStore(database);
  return createAudit({ store, clock, log, flood: createFlood(0), days });
}

/** `windowMs` is how long similar failures are counted together. */
export async function openAudit(
  { database, clock, log }: Host,
  { days }: ValuesOf<typeof auditSettings>,
  windowMs: number,
): Promise<Audit> {
  const store = openAuditStore(database);
  await store.protect();
  return createAudit({ store, clock, log, flood: createFlood(windowMs), days });
}
