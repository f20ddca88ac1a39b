import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { createMailedLinks, type MailedLinkDeps, type MailedLinks } from "./service.js";
import type { MailedLinkStore } from "./store.js";
import { sqliteMailedLinkStore } from "./store.sqlite.js";

export function openMailedLinkStore(database: Database): MailedLinkStore {
  return database.storeOf({ sqlite: sqliteMailedLinkStore });
}

export function openMailedLinks(
  { database, clock }: Host,
  services: Pick<MailedLinkDeps, "accounts" | "limits" | "linkTo">,
): MailedLinks {
  return createMailedLinks({
    store: openMailedLinkStore(database),
    clock,
    ...services,
  });
}
