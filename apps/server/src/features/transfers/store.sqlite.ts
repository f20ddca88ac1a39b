import { and, asc, count, eq, gt, inArray, lt, or, sql } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { sqliteUserInsertion } from "../accounts/insertion.sqlite.js";
import { columnsOf, userInfo, users } from "../accounts/tables.sqlite.js";
import { factorsBetween, insertFactors } from "./factors.sqlite.js";
import { advanced, atTheBeginning, factorsOf, judgeUser, mayContinue, type Verdict } from "./rules.js";
import {
  type ImportBatch,
  type ImportedUser,
  type ImportState,
  TRANSFERRED_FIELDS,
  type TransferredUser,
  type TransferStore,
} from "./store.js";
import { importRefusals, imports } from "./tables.sqlite.js";

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

export function sqliteTransferStore(sqlite: Sqlite): TransferStore {
  const { reader, writer } = sqlite;
  const importUser = createUserImport(sqlite);

  const find = (database: typeof reader, id: string) =>
    stateOf(database.select(stateColumns).from(imports).where(eq(imports.id, id)).get());

  const apply = (batch: ImportBatch) => {
    const { id, afterLine, isLast, nowMs } = batch;
    const before = find(writer, id);
    if (!mayContinue(before, afterLine)) return undefined;
    const judged = batch.users.map(({ line, user }) => ({ line, verdict: importUser(user, nowMs) }));
    const taken = judged.flatMap(({ line, verdict }) =>
      verdict === "new" || verdict === "present" ? [] : [{ line, reason: verdict }],
    );
    for (const refusal of [...batch.refusals, ...taken]) {
      writer
        .insert(importRefusals)
        .values({ importId: id, ...refusal })
        .run();
    }
    const verdicts = judged.map(({ verdict }) => verdict);
    const { finished: _, ...state } = advanced(before, batch, verdicts);
    return stateOf(
      writer
        .update(imports)
        .set({ ...state, finishedAtMs: isLast ? nowMs : null })
        .where(eq(imports.id, id))
        .returning(stateColumns)
        .get(),
    );
  };

  return {
    findImport: async (id) => sqlite.read(() => find(reader, id)),

    beginImport: (id, choices, startedAtMs) =>
      sqlite.write(() => {
        const beginning = atTheBeginning(choices);
        const { finished: _, ...state } = beginning;
        const start = { ...state, startedAtMs, finishedAtMs: null };
        writer.delete(importRefusals).where(eq(importRefusals.importId, id)).run();
        writer
          .insert(imports)
          .values({ id, ...start })
          .onConflictDoUpdate({ target: imports.id, set: start })
          .run();
        return beginning;
      }),

    applyBatch: (batch) => sqlite.write(() => apply(batch)),

    listRefusals: async (id, { afterLine, limit }) =>
      sqlite.read(() =>
        reader
          .select({ line: importRefusals.line, reason: importRefusals.reason })
          .from(importRefusals)
          .where(and(eq(importRefusals.importId, id), gt(importRefusals.line, afterLine)))
          .orderBy(asc(importRefusals.line))
          .limit(limit)
          .all(),
      ),

    deleteImports: (beforeMs) =>
      sqlite.write(() => {
        const over = writer.select({ id: imports.id }).from(imports).where(lt(imports.startedAtMs, beforeMs));
        const some = writer
          .select({ rowid: sql`rowid` })
          .from(importRefusals)
          .where(inArray(importRefusals.importId, over))
          .limit(DELETIONS_PER_PASS);
        const refusals = writer.delete(importRefusals).where(inArray(sql`rowid`, some)).run().changes;
        if (refusals > 0) return refusals;
        return writer.delete(imports).where(lt(imports.startedAtMs, beforeMs)).run().changes;
      }),

    countUsers: async () =>
      sqlite.read(() => reader.select({ users: count() }).from(users).get()?.users ?? 0),

    async *readUsers() {
      const { database, close } = sqlite.openReader();
      try {
        const page = database
          .select(columnsOf(["id", ...TRANSFERRED_FIELDS]))
          .from(users)
          .innerJoin(userInfo, eq(userInfo.userId, users.id))
          .where(gt(users.id, sql.placeholder("afterId")))
          .orderBy(asc(users.id))
          .limit(USERS_PER_PAGE)
          .prepare();
        // One transaction sees one state of the database, whatever is written in the meantime.
        database.run(sql`BEGIN`);
        for (let afterId = 0; ; ) {
          const rows: ReadonlyArray<TransferredUser & { readonly id: number }> = sqlite.read(() =>
            page.all({ afterId }),
          );
          const last = rows.at(-1);
          if (last === undefined) return;
          const factors = sqlite.read(() => factorsBetween(database, rows[0]?.id ?? 0, last.id));
          yield rows.map(({ id, ...user }): TransferredUser => ({ ...user, ...factorsOf(factors, id) }));
          afterId = last.id;
        }
      } finally {
        close();
      }
    },
  };
}

/** Inserts a user of a file with their personal data if they are new; returns the verdict. */
function createUserImport(sqlite: Sqlite): (user: ImportedUser, nowMs: number) => Verdict {
  const insertUser = sqliteUserInsertion(sqlite);
  const holders = sqlite.writer
    .select(columnsOf(HOLDER_FIELDS))
    .from(users)
    .where(
      or(
        eq(users.emailKey, sql.placeholder("emailKey")),
        eq(users.usernameKey, sql.placeholder("usernameKey")),
        eq(users.uuid, sql.placeholder("uuid")),
      ),
    )
    .prepare();
  return ({ factors = [], ...user }, nowMs) => {
    const verdict = judgeUser(user, holders.all({ ...user }));
    if (verdict !== "new") return verdict;
    const id = insertUser({ ...user, sessionEpoch: 0, factorGeneration: 0 });
    if (factors.length > 0) insertFactors(sqlite, id, factors, nowMs);
    return verdict;
  };
}

function stateOf(
  row: (Omit<ImportState, "finished"> & { readonly finishedAtMs: number | null }) | undefined,
): ImportState | undefined {
  if (row === undefined) return undefined;
  const { finishedAtMs, ...state } = row;
  return { ...state, finished: finishedAtMs !== null };
}
