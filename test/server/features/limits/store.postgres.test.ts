import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { databaseOfPostgres } from "../../../../apps/server/src/database/postgres/engine.js";
import { openPostgres, type Postgres } from "../../../../apps/server/src/database/postgres/postgres.js";
import { openLimitStore } from "../../../../apps/server/src/features/limits/index.js";
import { pooled } from "../../../support/pooled.js";
import { createDatabase, POSTGRES_MIGRATIONS } from "../../../support/postgres.js";

describe.skipIf(inject("postgresUrl") === "")("counters of four nodes in PostgreSQL", () => {
  const nodes: Postgres[] = [];
  beforeAll(async () => {
    const url = await createDatabase(inject("postgresUrl"));
    for (let i = 0; i < 4; i++)
      nodes.push(await openPostgres({ ...pooled(url), migrations: POSTGRES_MIGRATIONS }));
  });
  afterAll(() => Promise.all(nodes.map((node) => node.close())));

  it("grant exactly as many of 400 guesses at once as are allowed, twenty times", async () => {
    const stores = nodes.map((node) => openLimitStore(databaseOfPostgres(node)));
    const granted: number[] = [];
    for (let round = 0; round < 20; round++) {
      const takes = Array.from({ length: 400 }, async (_, i) => {
        const nowMs = 1_000 + (i % 7);
        // Each node is a machine of its own, with a clock of its own.
        const window = { nowMs, endsAtMs: nowMs + 60_000, era: `machine ${i % 4}`, begunUptimeMs: i % 4 };
        const buckets = [
          { id: `account ${round}`, limit: 30 },
          { id: `network ${i % 5} ${round}`, limit: 300 },
        ];
        return stores[i % 4]?.take(i % 2 ? buckets : buckets.toReversed(), window);
      });
      const taken = await Promise.all(takes);
      granted.push(taken.filter((each) => each !== undefined && "counted" in each).length);
    }
    expect(granted).toEqual(Array.from({ length: 20 }, () => 30));
  });
});
