import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { createKnownPlaces, type KnownPlaces } from "./service.js";
import type { PlaceStore } from "./store.js";
import { postgresPlaceStore } from "./store.postgres.js";
import { sqlitePlaceStore } from "./store.sqlite.js";

export function openPlaceStore(database: Database): PlaceStore {
  return database.storeOf({ sqlite: sqlitePlaceStore, postgres: postgresPlaceStore });
}

export function openKnownPlaces({
  database,
  clock,
  log,
}: Pick<Host, "database" | "clock" | "log">): KnownPlaces {
  return createKnownPlaces({ store: openPlaceStore(database), clock, log });
}
