import type { Host } from "../../host.js";
import { createMailedLinks, type MailedLinkDeps, type MailedLinks } from "./service.js";
import { sqliteMailedLinkStore } from "./store.sqlite.js";

export function openMailedLinks(
  { database, clock }: Host,
  services: Pick<MailedLinkDeps, "accounts" | "limits" | "linkTo">,
): MailedLinks {
  return createMailedLinks({
    store: database.storeOf({ sqlite: sqliteMailedLinkStore }),
    clock,
    ...services,
  });
}
