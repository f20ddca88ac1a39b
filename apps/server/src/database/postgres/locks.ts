import type { Query } from "./statement.js";

/**
 * Advisory locks, held until the transaction ends. Transactions that take several take them in this order,
 * after the rows of accounts and sessions, but for that of the audit log: it is the last one (`atEnd`).
 */
export const LOCKS = {
  /** Applying migrations. */
  migrations: 7_100,
  /** Questions whose answer another transaction must not change: whether this is the last administrator. */
  admins: 7_101,
  /** Making or deleting signing keys. */
  signingKeys: 7_105,
  /** Adding to the audit log, and deleting from it. */
  audit: 7_102,
  /** Adding to the log of changes (`changes.ts`); its triggers name this number. */
  changes: 7_103,
} as const;

/** Waits for a lock of this database. */
export async function lock(query: Query, name: keyof typeof LOCKS): Promise<void> {
  await query({ name: "lock", text: "SELECT pg_advisory_xact_lock($1)" }, [LOCKS[name]]);
}

/** Kinds of things that have names; each kind's names are apart from the others'. */
export const NAMED = {
  /** An address that is being invited, by its key. */
  invitedAddress: 7_201,
  /** A recipient of mails, by the key of its address. */
  recipient: 7_202,
  /** An owner of places, by its digest. */
  ownerOfPlaces: 7_203,
} as const;

/** Waits for a lock on something that has a name. Rarely, two names share a lock: that costs only time. */
export async function lockNamed(query: Query, kind: keyof typeof NAMED, name: string): Promise<void> {
  const statement = { name: "lock_named", text: "SELECT pg_advisory_xact_lock($1, hashtext($2))" };
  await query(statement, [NAMED[kind], name]);
}

/** Takes a lock of a task that one node does at a time; `false` if another one has it. */
export async function tryTask(query: Query, task: string): Promise<boolean> {
  const statement = {
    name: "try_task",
    text: "SELECT pg_try_advisory_xact_lock(7104, hashtext($1)) AS taken",
  };
  const [row] = await query<{ taken: boolean }>(statement, [task]);
  return row?.taken === true;
}
