import { and, desc, eq, exists, gt, inArray, isNull, lt, lte, ne, or } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { followedBy } from "../../database/change.js";
import { lockNamed, tryTask } from "../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../database/postgres/postgres.js";
import { users } from "../accounts/tables.postgres.js";
import type { Invitation, InvitationStore } from "./store.js";
import { invitations } from "./tables.postgres.js";

/** Invitations in PostgreSQL. */
export function postgresInvitationStore(postgres: Postgres): InvitationStore {
  const all = (database: NodePgDatabase) => database.select().from(invitations);
  const isBacked = (database: NodePgDatabase) => {
    const isActing = and(eq(users.role, "admin"), eq(users.disabled, false));
    const actingInviter = database
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.uuid, invitations.invitedBy), isActing));
    return or(ne(invitations.role, "admin"), isNull(invitations.invitedBy), exists(actingInviter));
  };
  const remove = async (database: NodePgDatabase, uuid: string) =>
    (await database.delete(invitations).where(eq(invitations.uuid, uuid))).rowCount ?? 0;

  return {
    insert: (invitation, also) =>
      postgres.write(async ({ database, query, add }) => {
        // Of two invitations of one address at the same time, one replaces the other.
        await lockNamed(query, "invitedAddress", invitation.emailKey);
        const [replaced] = await database
          .delete(invitations)
          .where(eq(invitations.emailKey, invitation.emailKey))
          .returning();
        await database.insert(invitations).values(invitation);
        await add(also(replaced));
      }),

    find: (uuid) =>
      postgres.read(async (database) => (await all(database).where(eq(invitations.uuid, uuid)))[0]),
    findByEmailKey: (key) =>
      postgres.read(async (database) => (await all(database).where(eq(invitations.emailKey, key)))[0]),

    list: ({ before, nowMs, limit }) =>
      postgres.read((database) =>
        all(database)
          .where(
            and(
              gt(invitations.expiresAtMs, nowMs),
              isBacked(database),
              before === undefined ? undefined : lt(invitations.uuid, before),
            ),
          )
          .orderBy(desc(invitations.uuid))
          .limit(limit),
      ),

    renew: (uuid, expiresAtMs, also) =>
      postgres.write(async ({ database, add }) => {
        const [renewed] = await database
          .update(invitations)
          .set({ expiresAtMs })
          .where(eq(invitations.uuid, uuid))
          .returning();
        if (renewed !== undefined) await add(also);
        return renewed;
      }),

    delete: (uuid, also) =>
      postgres.write(async ({ database, add }) => {
        if ((await remove(database, uuid)) === 0) return false;
        await add(also);
        return true;
      }),

    deletionOfInviter({ invitedBy, role }, also) {
      let deleted: readonly Invitation[] = [];
      const isTheirs = and(eq(invitations.invitedBy, invitedBy), eq(invitations.role, role));
      const deletion = postgresChange(async ({ database }) => {
        deleted = await database.delete(invitations).where(isTheirs).returning();
      });
      return followedBy(deletion, () => also(deleted));
    },

    deletionOf: (uuid) => postgresChange(async ({ database }) => void (await remove(database, uuid))),

    deleteOver: ({ nowMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "invitations"))) return 0;
        const over = database
          .select({ uuid: invitations.uuid })
          .from(invitations)
          .where(lte(invitations.expiresAtMs, nowMs))
          .limit(limit);
        return (await database.delete(invitations).where(inArray(invitations.uuid, over))).rowCount ?? 0;
      }),
  };
}
