import type { Host } from "../../host.js";
import { createSecrets, type Secrets } from "./service.js";
import { sqliteSecretStore } from "./store.sqlite.js";

export function openSecrets({ sqlite, clock }: Host): Secrets {
  return createSecrets({ store: sqliteSecretStore(sqlite), clock });
}
