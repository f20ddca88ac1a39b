import { inject } from "vitest";

/** Where revocation matters it is asked of SQLite alone, and with Redis in front of it. */
export const STORES: ReadonlyArray<{
  readonly store: string;
  readonly environment: Readonly<Record<string, string>>;
}> = [
  { store: "SQLite alone", environment: {} },
  { store: "SQLite and Redis", environment: { REDIS_URL: inject("redisUrl") } },
];
