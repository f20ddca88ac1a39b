import type { Host } from "../../host.js";
import type { Passwords } from "../credentials/service.js";
import { createTransfers, type Transfers } from "./service.js";
import { sqliteTransferStore } from "./store.sqlite.js";

export function openTransfers(
  { database, clock }: Host,
  services: { readonly passwords: Pick<Passwords, "judge"> },
): Transfers {
  return createTransfers({ store: database.storeOf({ sqlite: sqliteTransferStore }), clock, ...services });
}
