import type { Database } from "../../../database/database.js";
import type { Host } from "../../../host.js";
import { type ValuesOf, wholeNumber } from "../../../settings/setting.js";
import type { Endings } from "../../accounts/service.js";
import { createTrustedDevices, type TrustedDevices } from "./service.js";
import type { TrustedDeviceStore } from "./store.js";
import { postgresTrustedDeviceStore } from "./store.postgres.js";
import { sqliteTrustedDeviceStore } from "./store.sqlite.js";

export const trustedDeviceSettings = {
  days: {
    name: "TRUSTED_DEVICE_DAYS",
    meaning:
      "For how many days a device that a user has trusted is not asked for a second factor; `0`: devices cannot be " +
      "trusted. A new password or a changed factor ends it earlier.",
    fallback: "30",
    parse: wholeNumber({ min: 0, max: 365 }),
  },
} as const;

const DAY_MS = 24 * 60 * 60_000;

export function openTrustedDeviceStore(database: Database): TrustedDeviceStore {
  return database.storeOf({ sqlite: sqliteTrustedDeviceStore, postgres: postgresTrustedDeviceStore });
}

export function openTrustedDevices(
  { database, clock, log }: Pick<Host, "database" | "clock" | "log">,
  { days }: ValuesOf<typeof trustedDeviceSettings>,
  { endings }: { readonly endings: Pick<Endings, "add"> },
): TrustedDevices {
  return createTrustedDevices({
    store: openTrustedDeviceStore(database),
    endings,
    lengthMs: days * DAY_MS,
    clock,
    log,
  });
}
