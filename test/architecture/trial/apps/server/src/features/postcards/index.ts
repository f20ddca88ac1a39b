import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import type { Mount } from "../../mount.js";
import type { Events } from "../events/service.js";
import type { Limits } from "../limits/service.js";
import type { Letters, Mail } from "../mail/service.js";
import { mailPostcards } from "./letters.js";
import { postcardsPage } from "./page.js";
import { createPostcards, type Postcards } from "./service.js";
import type { PostcardStore } from "./store.js";
import { postgresPostcardStore } from "./store.postgres.js";
import { sqlitePostcardStore } from "./store.sqlite.js";

interface Services {
  readonly events: Events;
  readonly limits: Limits;
  readonly mail: Mail;
}

export interface PostcardsFeature extends Letters {
  readonly postcards: Postcards;
  readonly mounts: readonly Mount[];
  deleteOver(): Promise<number>;
}

export function openPostcardStore(database: Database): PostcardStore {
  return database.storeOf({ sqlite: sqlitePostcardStore, postgres: postgresPostcardStore });
}

export function openPostcards(
  { database, clock }: Host,
  { events, limits, mail }: Services,
): PostcardsFeature {
  const postcards = createPostcards({ store: openPostcardStore(database), events, limits, clock });
  return {
    postcards,
    mounts: [postcardsPage(postcards)],
    deleteOver: postcards.deleteOver,
    ...mailPostcards(events, mail),
  };
}
