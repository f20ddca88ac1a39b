import type { Host } from "../../host.js";
import { createSecrets, type Secrets } from "./service.js";
import { sqliteSecretStore } from "./store.sqlite.js";

export function openSecrets({ database, clock }: Host): Secrets {
  return createSecrets({ store: database.storeOf({ sqlite: sqliteSecretStore }), clock });
}
