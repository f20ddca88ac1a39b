import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqliteAccountStore } from "../../../../apps/server/src/features/accounts/store.sqlite.js";
import type {
  UserDirectory,
  UserSearch,
} from "../../../../apps/server/src/features/user-administration/store.js";
import { sqliteUserDirectory } from "../../../../apps/server/src/features/user-administration/store.sqlite.js";
import { openTestSqlite, type TestSqlite } from "../../../support/sqlite.js";
import { userDirectorySuite } from "./directory.suite.js";

describe.each([
  ["if too many begin alike", { examined: 1_000, gathered: 0 }],
  ["if a page examines few", { examined: 4, gathered: 3 }],
])("%s", (_, bounds) => {
  userDirectorySuite(() => {
    const { sqlite, close } = openTestSqlite();
    return { directory: sqliteUserDirectory(sqlite, bounds), accounts: sqliteAccountStore(sqlite), close };
  });
});

describe("a page", () => {
  let test: TestSqlite;
  let database: Database.Database;
  let directory: UserDirectory;
  const asked: Array<{ readonly query: string; readonly parameters: unknown[] }> = [];
  beforeAll(() => {
    test = openTestSqlite();
    database = new Database(test.path, { readonly: true });
    const logger = {
      logQuery: (query: string, parameters: unknown[]) => void asked.push({ query, parameters }),
    };
    directory = sqliteUserDirectory({ reader: drizzle(database, { logger }), read: (query) => query() });
  });
  afterAll(() => {
    database.close();
    test.close();
  });

  /** SQLite's query plans for a page. */
  const plansOf = async (search: Partial<UserSearch>): Promise<string[]> => {
    asked.length = 0;
    await directory.search({ order: "newest", limit: 200, ...search });
    return asked.flatMap(({ query, parameters }) =>
      database
        .prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
        .all(...parameters)
        .map(({ detail }) => detail)
        .filter((detail) => / users\b/.test(detail) || detail.includes("ORDER BY")),
    );
  };
  const after = { createdAtMs: 1_000, id: 1 };

  it.each([
    ["the next of all", { after }, ["SEARCH users USING INDEX users_created_at (created_at<?)"]],
    [
      "the next of a time, from the oldest on",
      { order: "oldest", after, createdFromMs: 1, createdToMs: 9 },
      ["SEARCH users USING INDEX users_created_at (created_at>? AND created_at<?)"],
    ],
    [
      "the next disabled",
      { after, disabled: true },
      ["SEARCH users USING INDEX users_disabled (created_at<?)"],
    ],
    [
      "the next administrators",
      { after, role: "admin" },
      ["SEARCH users USING INDEX users_admins (created_at<?)"],
    ],
    [
      "the next that few are, with where to stop",
      { after, emailVerified: true },
      [
        "SEARCH users USING COVERING INDEX users_created_at (created_at<?)",
        "SEARCH users USING INDEX users_created_at (created_at<?)",
      ],
    ],
  ] as const)("is reached through an index, and nothing is sorted: %s", async (_, search, plans) => {
    expect(await plansOf(search)).toEqual(plans);
  });

  it("of those that begin alike is counted and gathered by ranges of the keys", async () => {
    const plans = await plansOf({ prefix: "ann", after });
    const ranges = ["email", "username"].map(
      (name) =>
        `SEARCH users USING COVERING INDEX users_${name}_key_unique (${name}_key>? AND ${name}_key<?)`,
    );
    for (const range of ranges) expect(plans.filter((plan) => plan === range)).toHaveLength(2);
    expect(plans).toContain("SEARCH users USING INTEGER PRIMARY KEY (rowid=?)");
    expect(plans.filter((plan) => plan.startsWith("SCAN"))).toEqual([]);
  });

  it("of too many that begin alike is reached through an index as well", async () => {
    const reader = drizzle(database, {
      logger: { logQuery: (query, parameters) => void asked.push({ query, parameters }) },
    });
    directory = sqliteUserDirectory({ reader, read: (query) => query() }, { examined: 20_000, gathered: -1 });
    expect((await plansOf({ prefix: "ann", after })).slice(-2)).toEqual([
      "SEARCH users USING COVERING INDEX users_created_at (created_at<?)",
      "SEARCH users USING INDEX users_created_at (created_at<?)",
    ]);
  });
});
