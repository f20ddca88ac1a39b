import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { together } from "../../../../apps/server/src/database/change.js";
import { lock } from "../../../../apps/server/src/database/postgres/locks.js";
import {
  openPostgres,
  type Postgres,
  postgresChange,
} from "../../../../apps/server/src/database/postgres/postgres.js";
import { createDatabase, POSTGRES_MIGRATIONS } from "../../../support/postgres.js";

describe.skipIf(inject("postgresUrl") === "")("what a transaction does at its end", () => {
  let postgres: Postgres;
  beforeEach(async () => {
    const url = await createDatabase(inject("postgresUrl"));
    postgres = await openPostgres({ url, migrations: POSTGRES_MIGRATIONS });
  });
  afterEach(() => postgres.close());

  it("comes after everything else, in order, and is undone with it", async () => {
    const done: string[] = [];
    const last = (what: string) =>
      postgresChange(async ({ atEnd }) => atEnd(async () => void done.push(what)));
    const now = (what: string) => postgresChange(async () => void done.push(what));
    await postgres.write(async ({ add }) => {
      await add(together(last("c"), now("a"), last("d")));
      await add(now("b"));
    });
    expect(done).toEqual(["a", "b", "c", "d"]);
    const failing = postgres.write(async ({ add, atEnd }) => {
      await add(now("e"));
      atEnd(async () => {
        throw new Error("refused");
      });
    });
    await expect(failing).rejects.toThrow("refused");
  });

  it("never makes two transactions wait for each other, in whatever order they were told", async () => {
    const everyone = postgresChange(async ({ query, atEnd }) => atEnd(() => lock(query, "admins")));
    let runs = 0;
    const one = postgresChange(async ({ query }) => {
      runs++;
      await lock(query, "signingKeys");
    });
    const changes = [together(everyone, one), together(one, everyone)];
    await Promise.all(Array.from({ length: 40 }, (_, i) => postgres.write(({ add }) => add(changes[i % 2]))));
    // One that had waited for each other would have run again.
    expect(runs).toBe(40);
  });
});
