import { and, asc, between, inArray, isNotNull } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { users } from "../accounts/tables.postgres.js";
import { passkeys } from "../factors/passkeys/tables.postgres.js";
import { totpFactors } from "../factors/totp/tables.postgres.js";
import { type FactorsByUser, factorsByUser } from "./rules.js";
import type { TransferredFactor } from "./store.js";

/** Inserts the second factors of new users, within a transaction. */
export async function insertFactors(
  database: NodePgDatabase,
  owners: ReadonlyArray<{ readonly userId: number; readonly factors: readonly TransferredFactor[] }>,
  nowMs: number,
): Promise<void> {
  const all = owners.flatMap(({ userId, factors }) => factors.map((factor) => ({ userId, factor })));
  const apps = all.flatMap(({ userId, factor: { kind, ...factor } }) =>
    "secret" in factor ? [{ ...factor, userId, confirmedAtMs: factor.createdAtMs }] : [],
  );
  const keys = all.flatMap(({ userId, factor: { kind, ...factor } }) =>
    "spki" in factor ? [{ ...factor, userId }] : [],
  );
  if (apps.length > 0) await database.insert(totpFactors).values(apps);
  // Another account may have one already.
  const added =
    keys.length === 0
      ? []
      : await database
          .insert(passkeys)
          .values(keys)
          .onConflictDoNothing()
          .returning({ userId: passkeys.userId });
  const ids = [...new Set([...apps, ...added].map(({ userId }) => userId))];
  if (ids.length > 0) {
    await database.update(users).set({ factorGeneration: nowMs }).where(inArray(users.id, ids));
  }
}

/** The second factors of the users in a range of rows. */
export async function factorsBetween(
  database: NodePgDatabase,
  first: number,
  last: number,
): Promise<FactorsByUser> {
  const apps = await database
    .select()
    .from(totpFactors)
    .where(and(between(totpFactors.userId, first, last), isNotNull(totpFactors.confirmedAtMs)))
    .orderBy(asc(totpFactors.createdAtMs), asc(totpFactors.id));
  const keys = await database
    .select()
    .from(passkeys)
    .where(between(passkeys.userId, first, last))
    .orderBy(asc(passkeys.createdAtMs), asc(passkeys.id));
  return factorsByUser(apps, keys);
}
