import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import type { Mount } from "../../mount.js";
import type { Setting, ValuesOf } from "../../settings/setting.js";
import { feedDoor } from "./door.js";
import { createFeed } from "./service.js";
import type { FeedStore } from "./store.js";
import { postgresFeedStore } from "./store.postgres.js";
import { sqliteFeedStore } from "./store.sqlite.js";

const MIN_KEY_LENGTH = 32;
const MAX_STREAMS = 1000;

export const feedSettings = {
  key: {
    name: "REVOCATION_FEED_KEY",
    meaning:
      "The key with which other services may read which sessions ended, at `/api/v1/revocations`: at least " +
      `${MIN_KEY_LENGTH} letters, digits and signs of ASCII, without blanks.`,
    absent: "none: there is no feed",
    secret: true,
    parse: (text: string) => {
      if (!/^[\x21-\x7e]*$/.test(text))
        return {
          fault: "must be letters, digits and signs of ASCII without blanks, because it is sent in a header",
        };
      if (text.length < MIN_KEY_LENGTH) return { fault: `must have at least ${MIN_KEY_LENGTH} characters` };
      if (new Set(text).size < 8)
        return { fault: "is guessable: generate one with `openssl rand -base64 48`" };
      return { value: text };
    },
  } satisfies Setting<string>,
} as const;

export interface FeedFeature {
  readonly mounts: readonly Mount[];
  drain(): void;
  deleteOver(): Promise<number>;
}

export function openFeedStore(database: Database): FeedStore {
  return database.storeOf({ sqlite: sqliteFeedStore, postgres: postgresFeedStore });
}

/** `longestMs` is the longest access lifetime; `connections` is how many the process keeps open. */
export function openRevocationFeed(
  { database, clock, log }: Host,
  { key }: ValuesOf<typeof feedSettings>,
  { longestMs, connections }: { readonly longestMs: number; readonly connections: number },
): FeedFeature {
  // Half of the connections remain for users.
  const maxStreams = Math.min(MAX_STREAMS, Math.floor(connections / 2));
  const feed = createFeed({ store: openFeedStore(database), clock, log, longestMs, maxStreams });
  const { drain, deleteOver } = feed;
  return { mounts: key === undefined ? [] : [feedDoor(feed, key)], drain, deleteOver };
}
