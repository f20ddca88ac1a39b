import { and, desc, eq, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { lockNamed, tryTask } from "../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import { columnList, type Query } from "../../database/postgres/statement.js";
import type { Transaction } from "../../database/postgres/write.js";
import { isRetryable, judgeMail, MOST_PASSED_OVER, settled, stateOf } from "./rules.js";
import type { Busy, Claim, ClaimedMail, MailStore, NewMail, Turns } from "./store.js";
import { mails } from "./tables.postgres.js";

const columns = {
  id: mails.id,
  to: mails.to,
  template: mails.template,
  language: mails.language,
  values: mails.values,
  state: mails.state,
  attempts: mails.attempts,
  createdAtMs: mails.createdAtMs,
  dueAtMs: mails.dueAtMs,
  expiresAtMs: mails.expiresAtMs,
  lastError: mails.lastError,
};

/** Which mails are open, and which are kept to be shown. Spelled as in the indexes. */
const OPEN = "state in ('asked', 'waiting')";
const DUE = "(due_at <= $1 OR due_at > $2)";
const isShown = sql`state in ('kept', 'failed') and filling is not null`;

/** Each half follows the index. With `OR` all open mails would be read, every second. */
const HAS_DUE = {
  name: "has_due_mail",
  text: `(SELECT id FROM mails WHERE ${OPEN} AND due_at <= $1 ORDER BY due_at LIMIT 1) UNION ALL
    (SELECT id FROM mails WHERE ${OPEN} AND due_at > $2 ORDER BY due_at DESC LIMIT 1) LIMIT 1`,
};
const NEXT_TEMPLATE = {
  name: "next_template",
  text: `SELECT template FROM mails WHERE ${OPEN} AND template > $1 ORDER BY template LIMIT 1`,
};
/**
 * Of the next mails of template `$3` after site `$4`, the first that is not of the sites `$5`, nor to the domains
 * `$6`. Mails that others are claiming at this moment are passed over.
 */
const NEXT_OF_TEMPLATE = {
  name: "next_mail_of_template",
  text: `WITH some_mails AS MATERIALIZED (
      SELECT id FROM mails
        WHERE ${OPEN} AND ${DUE} AND template = $3 AND asked_from > $4 AND asked_from <> ALL ($5::text[])
        ORDER BY asked_from, due_at LIMIT ${MOST_PASSED_OVER}
    )
    SELECT id FROM mails
      WHERE id IN (SELECT id FROM some_mails) AND ${OPEN} AND ${DUE}
        AND split_part(recipient_key, '@', -1) <> ALL ($6::text[])
      ORDER BY asked_from, due_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
};
const CLAIM = {
  name: "claim_mail",
  text: `UPDATE mails SET lease = $2, due_at = $3, attempts = attempts + 1 WHERE id = $1
    RETURNING ${columnList(mails, { only: [...Object.keys(columns), "askedFrom", "recipientKey", "about"] })}`,
};
const OPEN_TO = {
  name: "open_mails_to",
  text: `SELECT template, state FROM mails WHERE ${OPEN} AND recipient_key = $1`,
};

type DueAt = Parameters<MailStore["hasDue"]>[0];

/** The outbox in PostgreSQL: all nodes share it. */
export function postgresMailStore(postgres: Postgres): MailStore {
  return {
    insert: (mail, { mostOpen }) => postgres.write((transaction) => insert(transaction, mail, mostOpen)),

    insertion(mail, { mostOpen }, told) {
      let inserted = false;
      return postgresChange(
        async (transaction) => {
          inserted = await insert(transaction, mail, mostOpen);
        },
        () => told(inserted),
      );
    },

    hasDue: async ({ nowMs, latestMs }) => (await postgres.query(HAS_DUE, [nowMs, latestMs])).length > 0,

    claim: ({ lease, nowMs, latestMs, untilMs, after, busy }) =>
      postgres.write(async ({ query }) => {
        const id = await nextDue(query, { nowMs, latestMs }, after, busy);
        if (id === undefined) return undefined;
        const [claimed] = await query<ClaimedMail>(CLAIM, [id, lease, untilMs]);
        return claimed;
      }),

    write: (claim, writing) =>
      postgres.write(async ({ database }) => {
        const isAsked = and(held(claim), eq(mails.state, "asked"));
        const change = { ...writing, state: "waiting" as const };
        return (await database.update(mails).set(change).where(isAsked)).rowCount === 1;
      }),

    drop: (claim) =>
      postgres.write(async ({ database }) => {
        const isAsked = and(held(claim), eq(mails.state, "asked"));
        return (await database.delete(mails).where(isAsked)).rowCount === 1;
      }),

    settle: (claim, outcome) =>
      postgres.write(async ({ database }) => {
        return (await database.update(mails).set(settled(outcome)).where(held(claim))).rowCount === 1;
      }),

    retry: (id, nowMs) =>
      postgres.write(async ({ database }) => {
        const [mail] = await database.select(columns).from(mails).where(eq(mails.id, id)).for("update");
        if (mail === undefined || !isRetryable(mail, nowMs)) return false;
        const change = { state: "waiting" as const, attempts: 0, dueAtMs: nowMs };
        await database.update(mails).set(change).where(eq(mails.id, id));
        return true;
      }),

    deletionOf: ({ about, recipientKey }) =>
      postgresChange(async ({ database }) => {
        await database.delete(mails).where(or(eq(mails.about, about), eq(mails.recipientKey, recipientKey)));
      }),

    find: (id) =>
      postgres.read(async (database) => {
        const [mail] = await database.select(columns).from(mails).where(eq(mails.id, id));
        return mail;
      }),

    list: ({ beforeId, state, limit }) =>
      postgres.read((database) =>
        database
          .select(columns)
          .from(mails)
          .where(
            and(
              beforeId === undefined ? undefined : lt(mails.id, beforeId),
              state === undefined ? undefined : eq(mails.state, state),
            ),
          )
          .orderBy(desc(mails.id))
          .limit(limit),
      ),

    deleteOver: ({ nowMs, madeBeforeMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "mails"))) return 0;
        /** Those that another transaction is changing at this moment are left for the next time. */
        const some = (condition: SQL | undefined) => {
          const rows = database.select({ id: mails.id }).from(mails).where(condition);
          return sql`${mails.id} = ANY (ARRAY(${rows.limit(limit).for("update", { skipLocked: true })}))`;
        };
        const deleted = await database.delete(mails).where(some(lt(mails.createdAtMs, madeBeforeMs)));
        // An open one is left to the worker, which may be about to send it.
        const isOver = and(isShown, lte(mails.expiresAtMs, nowMs));
        const wiped = await database.update(mails).set({ values: null }).where(some(isOver));
        return (deleted.rowCount ?? 0) + (wiped.rowCount ?? 0);
      }),
  };
}

async function insert({ database, query }: Transaction, mail: NewMail, mostOpen: number): Promise<boolean> {
  // Two nodes that add a mail to one recipient would not see each other's.
  await lockNamed(query, "recipient", mail.recipientKey);
  const open = await query<Pick<ClaimedMail, "template" | "state">>(OPEN_TO, [mail.recipientKey]);
  const verdict = judgeMail(mail, open, mostOpen);
  if (verdict === "added") {
    await database.insert(mails).values({ ...mail, state: stateOf(mail), dueAtMs: mail.createdAtMs });
  }
  return verdict !== "refused";
}

/** Locks the next mail. Each template and site is found by an index, however many mails it has. */
async function nextDue(
  query: Query,
  { nowMs, latestMs }: DueAt,
  { template: last, askedFrom }: Turns,
  { sites, domains }: Busy,
): Promise<string | undefined> {
  for await (const template of templatesAfter(query, last)) {
    // From the site after the last one to the end, then from the beginning.
    for (const after of [askedFrom.get(template) ?? "", ""]) {
      const values = [nowMs, latestMs, template, after, sites, domains];
      const [next] = await query<{ id: string }>(NEXT_OF_TEMPLATE, values);
      if (next !== undefined) return next.id;
    }
  }
  return undefined;
}

/** Templates with open mails, beginning after one. */
async function* templatesAfter(query: Query, first: string): AsyncGenerator<string> {
  for (let after = first, isAround = false; ; ) {
    const [next] = await query<{ template: string }>(NEXT_TEMPLATE, [after]);
    if (next === undefined ? isAround : isAround && next.template > first) return;
    if (next === undefined) isAround = true;
    else yield next.template;
    after = next?.template ?? "";
  }
}

function held({ id, lease }: Claim) {
  return and(eq(mails.id, id), eq(mails.lease, lease));
}
