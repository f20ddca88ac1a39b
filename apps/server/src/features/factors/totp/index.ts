import type { Database } from "../../../database/database.js";
import type { Host } from "../../../host.js";
import { createTotp, type Totp, type TotpDeps } from "./service.js";
import type { TotpStore } from "./store.js";
import { postgresTotpStore } from "./store.postgres.js";
import { sqliteTotpStore } from "./store.sqlite.js";

export function openTotpStore(database: Database): TotpStore {
  return database.storeOf({ sqlite: sqliteTotpStore, postgres: postgresTotpStore });
}

export function openTotp(
  { database, clock, log, seal }: Host,
  services: Pick<TotpDeps, "factors" | "recoveryCodes" | "appName">,
): Totp {
  return createTotp({ store: openTotpStore(database), clock, log, seal, ...services });
}
