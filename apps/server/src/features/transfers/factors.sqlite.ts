import { and, asc, between, eq, isNotNull } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { users } from "../accounts/tables.sqlite.js";
import { passkeys } from "../factors/passkeys/tables.sqlite.js";
import { totpFactors } from "../factors/totp/tables.sqlite.js";
import { type FactorsByUser, factorsByUser } from "./rules.js";
import type { TransferredFactor } from "./store.js";

/** Inserts the second factors of a new user, within a transaction. */
export function insertFactors(
  { writer }: Pick<Sqlite, "writer">,
  userId: number,
  factors: readonly TransferredFactor[],
  nowMs: number,
): void {
  let inserted = 0;
  for (const factor of factors) {
    if (factor.kind === "totp") {
      const { kind: _, ...app } = factor;
      writer
        .insert(totpFactors)
        .values({ ...app, userId, confirmedAtMs: app.createdAtMs })
        .run();
      inserted += 1;
    } else {
      const { kind: _, ...passkey } = factor;
      // Another account may have it already.
      inserted += writer
        .insert(passkeys)
        .values({ ...passkey, userId })
        .onConflictDoNothing()
        .run().changes;
    }
  }
  if (inserted > 0) {
    writer.update(users).set({ factorGeneration: nowMs }).where(eq(users.id, userId)).run();
  }
}

/** The second factors of the users in a range of rows. */
export function factorsBetween(reader: Sqlite["reader"], first: number, last: number): FactorsByUser {
  const apps = reader
    .select()
    .from(totpFactors)
    .where(and(between(totpFactors.userId, first, last), isNotNull(totpFactors.confirmedAtMs)))
    .orderBy(asc(totpFactors.createdAtMs), asc(totpFactors.id))
    .all();
  const keys = reader
    .select()
    .from(passkeys)
    .where(between(passkeys.userId, first, last))
    .orderBy(asc(passkeys.createdAtMs), asc(passkeys.id))
    .all();
  return factorsByUser(apps, keys);
}
