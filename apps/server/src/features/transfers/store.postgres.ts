import { and, asc, count, eq, gt, inArray, lt, or, sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { violatedUnique } from "../../database/postgres/failure.js";
import { tryTask } from "../../database/postgres/locks.js";
import type { Postgres } from "../../database/postgres/postgres.js";
import { columnsOf, userInfo, users } from "../accounts/tables.postgres.js";
import { advanced, atTheBeginning, type Holder, judgeUser, mayContinue, type Verdict } from "./rules.js";
import {
  type ImportBatch,
  type ImportedUser,
  type ImportState,
  TRANSFERRED_FIELDS,
  type TransferredUser,
  type TransferStore,
} from "./store.js";
import { importRefusals, imports } from "./tables.postgres.js";

const USERS_PER_PAGE = 500;
const DELETIONS_PER_PASS = 1000;
/** How often a batch is judged again because another request has just taken one of its names. */
const TRIES = 5;

const HOLDER_FIELDS = ["uuid", "emailKey", "usernameKey", "hashedPassword", "createdAtMs"] as const;
const stateColumns = {
  keepAdmins: imports.keepAdmins,
  format: imports.format,
  line: imports.line,
  imported: imports.imported,
  present: imports.present,
  refused: imports.refused,
  finishedAtMs: imports.finishedAtMs,
};

/** Imports and exports in PostgreSQL. */
export function postgresTransferStore(postgres: Postgres): TransferStore {
  const apply = (batch: ImportBatch) =>
    postgres.write(async ({ database }) => {
      const { id, afterLine, isLast, nowMs } = batch;
      const [row] = await database.select(stateColumns).from(imports).where(eq(imports.id, id)).for("update");
      const before = stateOf(row);
      if (!mayContinue(before, afterLine)) return undefined;
      const verdicts = await insertNew(
        database,
        batch.users.map(({ user }) => user),
      );
      const taken = batch.users.flatMap(({ line }, at) => {
        const verdict = verdicts[at];
        return verdict === undefined || verdict === "new" || verdict === "present"
          ? []
          : [{ line, reason: verdict }];
      });
      const refusals = [...batch.refusals, ...taken].map((refusal) => ({ importId: id, ...refusal }));
      if (refusals.length > 0) await database.insert(importRefusals).values(refusals);
      const { finished: _, ...state } = advanced(before, batch, verdicts);
      const [after] = await database
        .update(imports)
        .set({ ...state, finishedAtMs: isLast ? nowMs : null })
        .where(eq(imports.id, id))
        .returning(stateColumns);
      return stateOf(after);
    });

  return {
    findImport: (id) =>
      postgres.read(async (database) => {
        const [row] = await database.select(stateColumns).from(imports).where(eq(imports.id, id));
        return stateOf(row);
      }),

    beginImport: (id, choices, startedAtMs) =>
      postgres.write(async ({ database }) => {
        const beginning = atTheBeginning(choices);
        const { finished: _, ...state } = beginning;
        const start = { ...state, startedAtMs, finishedAtMs: null };
        await database
          .insert(imports)
          .values({ id, ...start })
          .onConflictDoUpdate({ target: imports.id, set: start });
        // After the import's row is locked: no batch of another process adds a refusal in between.
        await database.delete(importRefusals).where(eq(importRefusals.importId, id));
        return beginning;
      }),

    async applyBatch(batch) {
      for (let tries = 1; ; tries++) {
        try {
          return await apply(batch);
        } catch (error) {
          // Another request has made an account with one of these names since they were looked up.
          if (violatedUnique(error) === undefined || tries === TRIES) throw error;
        }
      }
    },

    listRefusals: (id, { afterLine, limit }) =>
      postgres.read((database) =>
        database
          .select({ line: importRefusals.line, reason: importRefusals.reason })
          .from(importRefusals)
          .where(and(eq(importRefusals.importId, id), gt(importRefusals.line, afterLine)))
          .orderBy(asc(importRefusals.line))
          .limit(limit),
      ),

    deleteImports: (beforeMs) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "imports"))) return 0;
        const isOver = lt(imports.startedAtMs, beforeMs);
        const over = database.select({ id: imports.id }).from(imports).where(isOver);
        const some = database
          .select({ importId: importRefusals.importId, line: importRefusals.line })
          .from(importRefusals)
          .where(inArray(importRefusals.importId, over))
          .limit(DELETIONS_PER_PASS);
        const place = sql`(${importRefusals.importId}, ${importRefusals.line})`;
        const refusals = await database.delete(importRefusals).where(sql`${place} IN (${some})`);
        if (refusals.rowCount !== null && refusals.rowCount > 0) return refusals.rowCount;
        return (await database.delete(imports).where(isOver)).rowCount ?? 0;
      }),

    countUsers: () =>
      postgres.read(
        async (database) => (await database.select({ users: count() }).from(users))[0]?.users ?? 0,
      ),

    async *readUsers() {
      const { database, close } = await postgres.openReader();
      try {
        for (let afterId = 0; ; ) {
          const rows: ReadonlyArray<TransferredUser & { readonly id: number }> = await database
            .select(columnsOf(["id", ...TRANSFERRED_FIELDS]))
            .from(users)
            .innerJoin(userInfo, eq(userInfo.userId, users.id))
            .where(gt(users.id, afterId))
            .orderBy(asc(users.id))
            .limit(USERS_PER_PAGE);
          const last = rows.at(-1);
          if (last === undefined) return;
          yield rows.map(({ id: _id, ...user }): TransferredUser => user);
          afterId = last.id;
        }
      } finally {
        await close();
      }
    },
  };
}

/**
 * Inserts those users of a file that are new, with their personal data; resolves to the verdict on each. All are
 * looked up and inserted at once, and judged in their order: an earlier one may have a later one's name.
 */
async function insertNew(
  database: NodePgDatabase,
  some: readonly ImportedUser[],
): Promise<readonly Verdict[]> {
  if (some.length === 0) return [];
  const holders: Holder[] = await database
    .select(columnsOf(HOLDER_FIELDS))
    .from(users)
    .where(
      or(
        inArray(
          users.emailKey,
          some.map(({ emailKey }) => emailKey),
        ),
        inArray(
          users.usernameKey,
          some.map(({ usernameKey }) => usernameKey),
        ),
        inArray(
          users.uuid,
          some.map(({ uuid }) => uuid),
        ),
      ),
    );
  const byName = new Map<string, Set<Holder>>();
  const note = (holder: Holder) => {
    for (const name of namesOf(holder)) byName.set(name, (byName.get(name) ?? new Set()).add(holder));
  };
  for (const holder of holders) note(holder);
  const verdicts = some.map((user) => {
    const found = new Set(namesOf(user).flatMap((name) => [...(byName.get(name) ?? [])]));
    const verdict = judgeUser(user, [...found]);
    if (verdict === "new") note(user);
    return verdict;
  });
  const added = some.filter((_, at) => verdicts[at] === "new");
  if (added.length === 0) return verdicts;
  const rows = added.map(({ isDated: _, firstName: __, lastName: ___, phoneNumber: ____, ...user }) => user);
  const ids = await database.insert(users).values(rows).returning({ id: users.id, uuid: users.uuid });
  const idOf = new Map(ids.map(({ id, uuid }) => [uuid, id]));
  await database.insert(userInfo).values(
    added.map(({ uuid, firstName, lastName, phoneNumber }) => ({
      // Safe: each of them was inserted.
      userId: idOf.get(uuid) as number,
      firstName,
      lastName,
      phoneNumber,
    })),
  );
  return verdicts;
}

/** The names that no two users may have, each marked with its kind. */
const namesOf = ({ uuid, emailKey, usernameKey }: Holder) => [`u${uuid}`, `e${emailKey}`, `n${usernameKey}`];

function stateOf(
  row: (Omit<ImportState, "finished"> & { readonly finishedAtMs: number | null }) | undefined,
): ImportState | undefined {
  if (row === undefined) return undefined;
  const { finishedAtMs, ...state } = row;
  return { ...state, finished: finishedAtMs !== null };
}
