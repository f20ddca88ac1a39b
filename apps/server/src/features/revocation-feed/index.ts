import type { Database } from "../../database/database.js";
import type { FeedStore } from "./store.js";
import { postgresFeedStore } from "./store.postgres.js";
import { sqliteFeedStore } from "./store.sqlite.js";

export function openFeedStore(database: Database): FeedStore {
  return database.storeOf({ sqlite: sqliteFeedStore, postgres: postgresFeedStore });
}
