import { and, asc, count, eq, gt, inArray, lt, or, sql } from "drizzle-orm";
import type { Sqlite } from "../../database/sqlite/sqlite.js";
import { userInfo, users } from "../accounts/tables.sqlite.js";
import type {
  ImportBatch,
  ImportedUser,
  ImportState,
  TakenName,
  TransferredUser,
  TransferStore,
} from "./store.js";
import { importRefusals, imports } from "./tables.sqlite.js";

const USERS_PER_PAGE = 500;
const DELETIONS_PER_PASS = 1000;

const transferred = {
  uuid: users.uuid,
  email: users.email,
  emailKey: users.emailKey,
  username: users.username,
  usernameKey: users.usernameKey,
  hashedPassword: users.hashedPassword,
  disabled: users.disabled,
  disabledReason: users.disabledReason,
  role: users.role,
  language: users.language,
  emailVerifiedAtMs: users.emailVerifiedAtMs,
  mustChangePassword: users.mustChangePassword,
  createdAtMs: users.createdAtMs,
  updatedAtMs: users.updatedAtMs,
  firstName: userInfo.firstName,
  lastName: userInfo.lastName,
  phoneNumber: userInfo.phoneNumber,
};
const stateColumns = {
  line: imports.line,
  imported: imports.imported,
  present: imports.present,
  refused: imports.refused,
  finishedAtMs: imports.finishedAtMs,
};

export function sqliteTransferStore(sqlite: Sqlite): TransferStore {
  const { reader, writer } = sqlite;
  const insertUser = createInsertion(sqlite);

  const find = (database: typeof reader, id: string) =>
    stateOf(database.select(stateColumns).from(imports).where(eq(imports.id, id)).get());

  const apply = ({ id, afterLine, line, users, refusals, isLast, nowMs }: ImportBatch) => {
    const before = find(writer, id);
    if (before === undefined || before.line !== afterLine || before.finished) return undefined;
    const outcomes = users.map(({ line, user }) => ({ line, outcome: insertUser(user) }));
    const taken = outcomes.flatMap(({ line, outcome }) =>
      outcome === "inserted" || outcome === "present" ? [] : [{ line, reason: outcome }],
    );
    const refused = [...refusals, ...taken];
    for (const refusal of refused)
      writer
        .insert(importRefusals)
        .values({ importId: id, ...refusal })
        .run();
    const counted = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).length;
    return stateOf(
      writer
        .update(imports)
        .set({
          line,
          imported: before.imported + counted("inserted"),
          present: before.present + counted("present"),
          refused: before.refused + refused.length,
          finishedAtMs: isLast ? nowMs : null,
        })
        .where(eq(imports.id, id))
        .returning(stateColumns)
        .get(),
    );
  };

  return {
    findImport: async (id) => sqlite.read(() => find(reader, id)),

    beginImport: (id, startedAtMs) =>
      sqlite.write(() => {
        const start = { line: 0, imported: 0, present: 0, refused: 0, startedAtMs, finishedAtMs: null };
        writer.delete(importRefusals).where(eq(importRefusals.importId, id)).run();
        writer
          .insert(imports)
          .values({ id, ...start })
          .onConflictDoUpdate({ target: imports.id, set: start })
          .run();
        return { line: 0, imported: 0, present: 0, refused: 0, finished: false };
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
          .select({ id: users.id, ...transferred })
          .from(users)
          .innerJoin(userInfo, eq(userInfo.userId, users.id))
          .where(gt(users.id, sql.placeholder("afterId")))
          .orderBy(asc(users.id))
          .limit(USERS_PER_PAGE)
          .prepare();
        // One transaction sees one state of the database, whatever is written meanwhile.
        database.run(sql`BEGIN`);
        for (let afterId = 0; ; ) {
          const rows: ReadonlyArray<TransferredUser & { readonly id: number }> = sqlite.read(() =>
            page.all({ afterId }),
          );
          const last = rows.at(-1);
          if (last === undefined) return;
          yield rows.map(({ id: _id, ...user }): TransferredUser => user);
          afterId = last.id;
        }
      } finally {
        close();
      }
    },
  };
}

/** Inserts a user with their personal data, unless one of their names belongs to another. */
function createInsertion({ writer }: Sqlite): (user: ImportedUser) => TakenName | "inserted" | "present" {
  const holders = writer
    .select({
      uuid: users.uuid,
      emailKey: users.emailKey,
      usernameKey: users.usernameKey,
      hashedPassword: users.hashedPassword,
      createdAtMs: users.createdAtMs,
    })
    .from(users)
    .where(
      or(
        eq(users.emailKey, sql.placeholder("emailKey")),
        eq(users.usernameKey, sql.placeholder("usernameKey")),
        eq(users.uuid, sql.placeholder("uuid")),
      ),
    )
    .prepare();
  const insertAccount = writer
    .insert(users)
    .values({
      uuid: sql.placeholder("uuid"),
      email: sql.placeholder("email"),
      emailKey: sql.placeholder("emailKey"),
      username: sql.placeholder("username"),
      usernameKey: sql.placeholder("usernameKey"),
      hashedPassword: sql.placeholder("hashedPassword"),
      disabled: sql.placeholder("disabled"),
      disabledReason: sql.placeholder("disabledReason"),
      role: sql.placeholder("role"),
      language: sql.placeholder("language"),
      emailVerifiedAtMs: sql.placeholder("emailVerifiedAtMs"),
      mustChangePassword: sql.placeholder("mustChangePassword"),
      createdAtMs: sql.placeholder("createdAtMs"),
      updatedAtMs: sql.placeholder("updatedAtMs"),
    })
    .returning({ id: users.id })
    .prepare();
  const insertInfo = writer
    .insert(userInfo)
    .values({
      userId: sql.placeholder("userId"),
      firstName: sql.placeholder("firstName"),
      lastName: sql.placeholder("lastName"),
      phoneNumber: sql.placeholder("phoneNumber"),
    })
    .prepare();

  return (user) => {
    const found = holders.all({ ...user });
    const holder = found.find(({ emailKey }) => emailKey === user.emailKey);
    if (holder !== undefined) return isSame(holder, user) ? "present" : "EMAIL_TAKEN";
    if (found.some(({ usernameKey }) => usernameKey === user.usernameKey)) return "USERNAME_TAKEN";
    if (found.length > 0) return "UUID_TAKEN";
    const { id } = insertAccount.get({ ...user });
    insertInfo.run({ ...user, userId: id });
    return "inserted";
  };
}

/** A hash is renewed at the first sign-in, and not every table has uuids or times: any of them will do. */
function isSame(
  holder: Pick<TransferredUser, "uuid" | "hashedPassword" | "createdAtMs">,
  { uuid, hashedPassword, createdAtMs, isDated }: ImportedUser,
): boolean {
  return (
    holder.uuid === uuid ||
    holder.hashedPassword === hashedPassword ||
    (isDated && holder.createdAtMs === createdAtMs)
  );
}

function stateOf(
  row: (Omit<ImportState, "finished"> & { readonly finishedAtMs: number | null }) | undefined,
): ImportState | undefined {
  if (row === undefined) return undefined;
  const { finishedAtMs, ...state } = row;
  return { ...state, finished: finishedAtMs !== null };
}
