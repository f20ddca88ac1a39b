import { and, asc, count, eq, gt, inArray, lt, or, sql } from "drizzle-orm";
import { tryTask } from "../../database/postgres/locks.js";
import type { Postgres } from "../../database/postgres/postgres.js";
import type { Transaction } from "../../database/postgres/write.js";
import { insertUsers } from "../accounts/insertion.postgres.js";
import { columnsOf, userInfo, users } from "../accounts/tables.postgres.js";
import { factorsBetween, insertFactors } from "./factors.postgres.js";
import {
  advanced,
  atTheBeginning,
  factorsOf,
  type Holder,
  judgeUser,
  mayContinue,
  type Verdict,
} from "./rules.js";
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

const HOLDER_FIELDS = ["uuid", "emailKey", "usernameKey", "hashedPassword", "createdAtMs"] as const;
const stateColumns = {
  keepAdmins: imports.keepAdmins,
  format: imports.format,
  hashParameters: imports.hashParameters,
  line: imports.line,
  imported: imports.imported,
  present: imports.present,
  refused: imports.refused,
  finishedAtMs: imports.finishedAtMs,
};

/** Imports and exports in PostgreSQL. */
export function postgresTransferStore(postgres: Postgres): TransferStore {
  const apply = (batch: ImportBatch) =>
    postgres.write(async (transaction) => {
      const { database } = transaction;
      const { id, afterLine, isLast, nowMs } = batch;
      const [row] = await database.select(stateColumns).from(imports).where(eq(imports.id, id)).for("update");
      const before = stateOf(row);
      if (!mayContinue(before, afterLine)) return undefined;
      const verdicts = await insertNew(
        transaction,
        batch.users.map(({ user }) => user),
        nowMs,
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

    applyBatch: apply,

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
          const factors = await factorsBetween(database, rows[0]?.id ?? 0, last.id);
          yield rows.map(({ id, ...user }): TransferredUser => ({ ...user, ...factorsOf(factors, id) }));
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
  transaction: Transaction,
  some: readonly ImportedUser[],
  nowMs: number,
): Promise<readonly Verdict[]> {
  if (some.length === 0) return [];
  const { database, query } = transaction;
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
  const inserted = await insertUsers(
    query,
    added.map(({ isDated: _, factors: _factors, ...user }) => ({
      ...user,
      sessionEpoch: 0,
      factorGeneration: 0,
    })),
  );
  const owners = added.flatMap(({ uuid, factors }) => {
    const userId = inserted.get(uuid);
    return factors === undefined || userId === undefined ? [] : [{ userId, factors }];
  });
  await insertFactors(database, owners, nowMs);
  if (inserted.size === added.length) return verdicts;
  // Another request has just taken a name: all the others are judged again, as that account is there by now.
  const isInserted = ({ uuid }: ImportedUser, at: number) => verdicts[at] === "new" && inserted.has(uuid);
  const others = await insertNew(
    transaction,
    some.filter((user, at) => !isInserted(user, at)),
    nowMs,
  );
  let next = 0;
  // Safe: there is one verdict for each of the others.
  return some.map((user, at) => (isInserted(user, at) ? "new" : others[next++]) as Verdict);
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
