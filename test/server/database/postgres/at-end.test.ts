import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { together } from "../../../../apps/server/src/database/change.js";
import { LOCKS, lock } from "../../../../apps/server/src/database/postgres/locks.js";
import {
  openPostgres,
  type Postgres,
  postgresChange,
} from "../../../../apps/server/src/database/postgres/postgres.js";
import { pooled } from "../../../support/pooled.js";
import { createDatabase, POSTGRES_MIGRATIONS } from "../../../support/postgres.js";

const NOTE = {
  name: "note",
  text: "INSERT INTO guesses (id, count, ends_at) SELECT $1, count(*), 0 FROM guesses",
};
const NOTES = { name: "notes", text: "SELECT id FROM guesses ORDER BY count" };
const LOCK = { name: "lock_at_end", text: "SELECT pg_advisory_xact_lock($1)" };

describe.skipIf(inject("postgresUrl") === "")("what a transaction does at its end", () => {
  let postgres: Postgres;
  beforeEach(async () => {
    const url = await createDatabase(inject("postgresUrl"));
    postgres = await openPostgres({ ...pooled(url), migrations: POSTGRES_MIGRATIONS });
  });
  afterEach(() => postgres.close());

  const notes = async () => (await postgres.query<{ id: string }>(NOTES, [])).map(({ id }) => id);
  const last = (what: string) => postgresChange(async ({ atEnd }) => atEnd(NOTE, () => [what]));
  const now = (what: string) => postgresChange(async ({ query }) => void (await query(NOTE, [what])));

  it("comes after everything else, in order", async () => {
    await postgres.write(async ({ add }) => {
      await add(together(last("c"), now("a"), last("d")));
      await add(now("b"));
    });
    expect(await notes()).toEqual(["a", "b", "c", "d"]);
  });

  it("undoes everything if it fails, and spoils no later transaction", async () => {
    const failing = postgres.write(({ add }) => add(together(now("a"), last("b"), last("a"), last("c"))));
    await expect(failing).rejects.toMatchObject({ code: "23505" });
    expect(await notes()).toEqual([]);
    await Promise.all(Array.from({ length: 20 }, (_, i) => postgres.write(({ add }) => add(now(`${i}`)))));
    expect(await notes()).toHaveLength(20);
  });

  it("never makes two transactions wait for each other, in whatever order they were told", async () => {
    const everyone = postgresChange(async ({ atEnd }) => atEnd(LOCK, () => [LOCKS.audit]));
    let runs = 0;
    const one = postgresChange(async ({ query }) => {
      runs++;
      await lock(query, "admins");
    });
    const changes = [together(everyone, one), together(one, everyone)];
    await Promise.all(Array.from({ length: 40 }, (_, i) => postgres.write(({ add }) => add(changes[i % 2]))));
    // One that had waited for each other would have run again.
    expect(runs).toBe(40);
  });
});
