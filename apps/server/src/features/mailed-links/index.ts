import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { accountDeleted } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import { createMailedLinks, type MailedLinkDeps, type MailedLinks } from "./service.js";
import type { MailedLinkStore } from "./store.js";
import { postgresMailedLinkStore } from "./store.postgres.js";
import { sqliteMailedLinkStore } from "./store.sqlite.js";

export function openMailedLinkStore(database: Database): MailedLinkStore {
  return database.storeOf({ sqlite: sqliteMailedLinkStore, postgres: postgresMailedLinkStore });
}

export function openMailedLinks(
  { database, clock }: Host,
  {
    events,
    ...services
  }: Pick<MailedLinkDeps, "accounts" | "limits" | "linkTo"> & { readonly events: Pick<Events, "on"> },
): MailedLinks {
  const links = createMailedLinks({
    store: openMailedLinkStore(database),
    clock,
    ...services,
  });
  events.on(accountDeleted, ({ account }) => links.ending(account));
  return links;
}
