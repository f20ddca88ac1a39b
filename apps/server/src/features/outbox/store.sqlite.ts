import { and, asc, desc, eq, gt, inArray, lt, lte, or, sql } from "drizzle-orm";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { domainOf, isRetryable, judgeMail, MOST_PASSED_OVER, settled, stateOf } from "./rules.js";
import type { Busy, Claim, MailStore, NewMail, Turns } from "./store.js";
import { mails } from "./tables.sqlite.js";

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

/**
 * Which mails are open, and which are kept to be shown. Spelled as in the indexes, which SQLite uses only
 * then.
 */
const isOpen = sql`state in ('asked', 'waiting')`;
const isDue = or(
  lte(mails.dueAtMs, sql.placeholder("nowMs")),
  gt(mails.dueAtMs, sql.placeholder("latestMs")),
);
const isShown = sql`state in ('kept', 'failed') and filling is not null`;

type DueAt = Parameters<MailStore["hasDue"]>[0];

/** The outbox in SQLite: all processes of one database file share it. */
export function sqliteMailStore(sqlite: Sqlite): MailStore {
  const { reader, writer } = sqlite;
  const write = <T>(statements: () => T) => sqlite.write(statements, NOTHING_KEPT);
  // `get` takes the first row. With a bound LIMIT SQLite would recompile the statement at every call.
  const due = reader.select({ id: mails.id }).from(mails).where(and(isOpen, isDue)).prepare();
  const nextTemplate = writer
    .select({ template: mails.template })
    .from(mails)
    .where(and(isOpen, gt(mails.template, sql.placeholder("after"))))
    .orderBy(asc(mails.template))
    .prepare();
  const nextOfTemplate = writer
    .select({ id: mails.id, recipientKey: mails.recipientKey })
    .from(mails)
    .where(
      and(
        isOpen,
        eq(mails.template, sql.placeholder("template")),
        gt(mails.askedFrom, sql.placeholder("after")),
        sql`${mails.askedFrom} not in (select value from json_each(${sql.placeholder("busySites")}))`,
        isDue,
      ),
    )
    .orderBy(asc(mails.askedFrom), asc(mails.dueAtMs))
    .limit(MOST_PASSED_OVER)
    .prepare();
  /**
   * Templates with open mails, beginning after one; each is found by the index, however many mails it has.
   */
  function* templatesAfter(first: string): Generator<string> {
    for (let after = first, isAround = false; ; ) {
      const next = nextTemplate.get({ after })?.template;
      if (next === undefined ? isAround : isAround && next > first) return;
      if (next === undefined) isAround = true;
      else yield next;
      after = next ?? "";
    }
  }
  const nextDue = (
    at: DueAt,
    { template: last, askedFrom }: Turns,
    { sites, domains }: Busy,
  ): string | undefined => {
    const busySites = JSON.stringify(sites);
    const isFree = ({ recipientKey }: { readonly recipientKey: string }) =>
      !domains.includes(domainOf(recipientKey));
    for (const template of templatesAfter(last)) {
      // From the site after the last one to the end, then from the beginning.
      for (const after of [askedFrom.get(template) ?? "", ""]) {
        const next = nextOfTemplate.all({ template, after, busySites, ...at }).find(isFree);
        if (next !== undefined) return next.id;
      }
    }
    return undefined;
  };
  const held = ({ id, lease }: Claim) => and(eq(mails.id, id), eq(mails.lease, lease));

  const insert = (mail: NewMail, mostOpen: number): boolean => {
    const open = writer
      .select({ template: mails.template, state: mails.state })
      .from(mails)
      .where(and(isOpen, eq(mails.recipientKey, mail.recipientKey)))
      .all();
    const verdict = judgeMail(mail, open, mostOpen);
    if (verdict === "added") {
      writer
        .insert(mails)
        .values({ ...mail, state: stateOf(mail), dueAtMs: mail.createdAtMs })
        .run();
    }
    return verdict !== "refused";
  };

  return {
    insert: (mail, { mostOpen }) => write(() => insert(mail, mostOpen)),

    insertion(mail, { mostOpen }, told) {
      let inserted = false;
      return sqliteChange(
        () => {
          inserted = insert(mail, mostOpen);
        },
        () => told(inserted),
      );
    },

    hasDue: async ({ nowMs, latestMs }) => sqlite.read(() => due.get({ nowMs, latestMs }) !== undefined),

    claim: ({ lease, nowMs, latestMs, untilMs, after, busy }) =>
      write(() => {
        const id = nextDue({ nowMs, latestMs }, after, busy);
        if (id === undefined) return undefined;
        return writer
          .update(mails)
          .set({ lease, dueAtMs: untilMs, attempts: sql`${mails.attempts} + 1` })
          .where(eq(mails.id, id))
          .returning({
            ...columns,
            askedFrom: mails.askedFrom,
            recipientKey: mails.recipientKey,
            about: mails.about,
          })
          .get();
      }),

    write: (claim, writing) =>
      write(() => {
        const isAsked = and(held(claim), eq(mails.state, "asked"));
        const change = { ...writing, state: "waiting" as const };
        return writer.update(mails).set(change).where(isAsked).run().changes > 0;
      }),

    drop: (claim) =>
      write(
        () =>
          writer
            .delete(mails)
            .where(and(held(claim), eq(mails.state, "asked")))
            .run().changes > 0,
      ),

    settle: (claim, outcome) =>
      write(() => writer.update(mails).set(settled(outcome)).where(held(claim)).run().changes > 0),

    retry: (id, nowMs) =>
      write(() => {
        const mail = writer.select(columns).from(mails).where(eq(mails.id, id)).get();
        if (mail === undefined || !isRetryable(mail, nowMs)) return false;
        const change = { state: "waiting" as const, attempts: 0, dueAtMs: nowMs };
        writer.update(mails).set(change).where(eq(mails.id, id)).run();
        return true;
      }),

    deletionOf: ({ about, recipientKey }) =>
      sqliteChange(() => {
        writer.delete(mails).where(eq(mails.about, about)).run();
        writer.delete(mails).where(eq(mails.recipientKey, recipientKey)).run();
      }),

    find: async (id) => sqlite.read(() => reader.select(columns).from(mails).where(eq(mails.id, id)).get()),

    list: async ({ beforeId, state, limit }) =>
      sqlite.read(() =>
        reader
          .select(columns)
          .from(mails)
          .where(
            and(
              beforeId === undefined ? undefined : lt(mails.id, beforeId),
              state === undefined ? undefined : eq(mails.state, state),
            ),
          )
          .orderBy(desc(mails.id))
          .limit(limit)
          .all(),
      ),

    deleteOver: ({ nowMs, madeBeforeMs, limit }) =>
      write(() => {
        const select = () => writer.select({ id: mails.id }).from(mails);
        const old = select().where(lt(mails.createdAtMs, madeBeforeMs)).limit(limit);
        const deleted = writer.delete(mails).where(inArray(mails.id, old)).run().changes;
        // An open one is left to the worker, which may be about to send it.
        const isOver = and(isShown, lte(mails.expiresAtMs, nowMs));
        const over = select().where(isOver).limit(limit);
        return (
          deleted + writer.update(mails).set({ values: null }).where(inArray(mails.id, over)).run().changes
        );
      }),
  };
}
