import { and, desc, eq, exists, gt, inArray, isNull, lt, lte, ne, or } from "drizzle-orm";
import { followedBy } from "../../database/change.js";
import { NOTHING_KEPT } from "../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../database/sqlite/sqlite.js";
import { isActing, users } from "../accounts/tables.sqlite.js";
import type { Invitation, InvitationStore } from "./store.js";
import { invitations } from "./tables.sqlite.js";

/** Invitations in SQLite. */
export function sqliteInvitationStore(sqlite: Sqlite): InvitationStore {
  const { reader, writer } = sqlite;
  const all = () => reader.select().from(invitations);
  const actingInviter = reader
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.uuid, invitations.invitedBy), isActing));
  const isBacked = or(ne(invitations.role, "admin"), isNull(invitations.invitedBy), exists(actingInviter));
  const remove = (uuid: string) => writer.delete(invitations).where(eq(invitations.uuid, uuid)).run().changes;

  return {
    insert: (invitation, also) =>
      sqlite.write((add) => {
        const [replaced] = writer
          .delete(invitations)
          .where(eq(invitations.emailKey, invitation.emailKey))
          .returning()
          .all();
        writer.insert(invitations).values(invitation).run();
        add(also(replaced));
      }, NOTHING_KEPT),

    find: async (uuid) => sqlite.read(() => all().where(eq(invitations.uuid, uuid)).get()),
    findByEmailKey: async (key) => sqlite.read(() => all().where(eq(invitations.emailKey, key)).get()),

    list: async ({ before, nowMs, limit }) =>
      sqlite.read(() =>
        all()
          .where(
            and(
              gt(invitations.expiresAtMs, nowMs),
              isBacked,
              before === undefined ? undefined : lt(invitations.uuid, before),
            ),
          )
          .orderBy(desc(invitations.uuid))
          .limit(limit)
          .all(),
      ),

    renew: (uuid, expiresAtMs, also) =>
      sqlite.write((add) => {
        const [renewed] = writer
          .update(invitations)
          .set({ expiresAtMs })
          .where(eq(invitations.uuid, uuid))
          .returning()
          .all();
        if (renewed !== undefined) add(also);
        return renewed;
      }, NOTHING_KEPT),

    delete: (uuid, also) =>
      sqlite.write((add) => {
        if (remove(uuid) === 0) return false;
        add(also);
        return true;
      }, NOTHING_KEPT),

    deletionOf: (uuid) => sqliteChange(() => void remove(uuid)),

    deletionOfInviter({ invitedBy, role }, also) {
      let deleted: readonly Invitation[] = [];
      const isTheirs = and(eq(invitations.invitedBy, invitedBy), eq(invitations.role, role));
      const deletion = sqliteChange(() => {
        deleted = writer.delete(invitations).where(isTheirs).returning().all();
      });
      return followedBy(deletion, () => also(deleted));
    },

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ uuid: invitations.uuid })
          .from(invitations)
          .where(lte(invitations.expiresAtMs, nowMs))
          .limit(limit);
        return writer.delete(invitations).where(inArray(invitations.uuid, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
