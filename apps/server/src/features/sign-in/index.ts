import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { createSignIn, type SignIn, type SignInDeps } from "./service.js";
import type { SignInStore } from "./store.js";
import { postgresSignInStore } from "./store.postgres.js";
import { sqliteSignInStore } from "./store.sqlite.js";

export function openSignInStore(database: Database): SignInStore {
  return database.storeOf({ sqlite: sqliteSignInStore, postgres: postgresSignInStore });
}

export function openSignIn({ database, clock }: Host, services: Omit<SignInDeps, "store" | "clock">): SignIn {
  return createSignIn({ store: openSignInStore(database), clock, ...services });
}
