import { and, desc, eq, gt, inArray, lte, or } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { tryTask } from "../../../database/postgres/locks.js";
import { type Postgres, postgresChange } from "../../../database/postgres/postgres.js";
import { columnList } from "../../../database/postgres/statement.js";
import { CLOCK_TOLERANCE_MS } from "../../../world/times.js";
import { users } from "../../accounts/tables.postgres.js";
import type { TrustedDevice, TrustedDeviceStore } from "./store.js";
import { trustedDevices as devices } from "./tables.postgres.js";

/** Asked for at a sign-in. */
const FIND = {
  name: "trusted_device",
  text: `SELECT ${columnList(devices)} FROM trusted_devices WHERE hash = $1`,
};
const PRUNE = {
  name: "prune_trusted_devices",
  text: `DELETE FROM trusted_devices WHERE user_id = $1 AND hash NOT IN (
    SELECT hash FROM trusted_devices WHERE user_id = $1
      ORDER BY last_used_at DESC, created_at DESC, hash = $3 DESC LIMIT $2)`,
};

/** Trusted devices in PostgreSQL. */
export function postgresTrustedDeviceStore(postgres: Postgres): TrustedDeviceStore {
  const isOf = (userId: number) => eq(devices.userId, userId);

  return {
    insertion: (device, perUser) =>
      postgresChange(async ({ database, query }) => {
        const { userId, epoch, factorGeneration } = device;
        // Locked until the commit: of two devices at once each sees the other, and neither outlives a change.
        const owner = await database
          .select({ id: users.id })
          .from(users)
          .where(
            and(
              eq(users.id, userId),
              eq(users.sessionEpoch, epoch),
              eq(users.factorGeneration, factorGeneration),
            ),
          )
          .for("no key update");
        if (owner.length === 0) throw new ChangeRefused();
        await database.insert(devices).values(device);
        await query(PRUNE, [userId, perUser, device.hash]);
      }),

    find: async (hash) => (await postgres.query<TrustedDevice>(FIND, [hash]))[0],

    use: (hash, atMs) =>
      postgres.write(async ({ database }) => {
        await database.update(devices).set({ lastUsedAtMs: atMs }).where(eq(devices.hash, hash));
      }),

    listOf: ({ id, sessionEpoch, factorGeneration }) =>
      postgres.read((database) =>
        database
          .select()
          .from(devices)
          .where(
            and(isOf(id), eq(devices.epoch, sessionEpoch), eq(devices.factorGeneration, factorGeneration)),
          )
          .orderBy(desc(devices.lastUsedAtMs), desc(devices.createdAtMs)),
      ),

    delete: (userId, id) =>
      postgres.write(async ({ database }) => {
        const { rowCount } = await database.delete(devices).where(and(isOf(userId), eq(devices.id, id)));
        return (rowCount ?? 0) > 0;
      }),

    deleteAll: (userId) =>
      postgres.write(async ({ database }) => {
        const { rowCount } = await database.delete(devices).where(isOf(userId));
        return rowCount ?? 0;
      }),

    deletionOf: (userId) =>
      postgresChange(async ({ database }) => {
        await database.delete(devices).where(isOf(userId));
      }),

    deleteOver: ({ nowMs, limit }) =>
      postgres.write(async ({ database, query }) => {
        if (!(await tryTask(query, "trusted devices"))) return 0;
        const over = database
          .select({ hash: devices.hash })
          .from(devices)
          .where(or(lte(devices.expiresAtMs, nowMs), gt(devices.createdAtMs, nowMs + CLOCK_TOLERANCE_MS)))
          .limit(limit);
        return (await database.delete(devices).where(inArray(devices.hash, over))).rowCount ?? 0;
      }),
  };
}
