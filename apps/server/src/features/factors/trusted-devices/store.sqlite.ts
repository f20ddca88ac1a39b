import { and, desc, eq, gt, inArray, lte, notInArray, or } from "drizzle-orm";
import { ChangeRefused } from "../../../database/change.js";
import { NOTHING_KEPT } from "../../../database/sqlite/row-cache.js";
import { type Sqlite, sqliteChange } from "../../../database/sqlite/sqlite.js";
import { CLOCK_TOLERANCE_MS } from "../../../world/times.js";
import { users } from "../../accounts/tables.sqlite.js";
import type { TrustedDeviceStore } from "./store.js";
import { trustedDevices as devices } from "./tables.sqlite.js";

/** Trusted devices in SQLite. */
export function sqliteTrustedDeviceStore(sqlite: Sqlite): TrustedDeviceStore {
  const { reader, writer } = sqlite;
  const isOf = (userId: number) => eq(devices.userId, userId);

  return {
    insertion: (device, perUser) =>
      sqliteChange(() => {
        const { userId, epoch, factorGeneration } = device;
        const owner = writer
          .select({ id: users.id })
          .from(users)
          .where(
            and(
              eq(users.id, userId),
              eq(users.sessionEpoch, epoch),
              eq(users.factorGeneration, factorGeneration),
            ),
          );
        if (owner.get() === undefined) throw new ChangeRefused();
        writer.insert(devices).values(device).run();
        const kept = writer
          .select({ hash: devices.hash })
          .from(devices)
          .where(isOf(userId))
          .orderBy(desc(devices.lastUsedAtMs), desc(devices.createdAtMs), desc(eq(devices.hash, device.hash)))
          .limit(perUser);
        writer
          .delete(devices)
          .where(and(isOf(userId), notInArray(devices.hash, kept)))
          .run();
      }),

    find: async (hash) =>
      sqlite.read(() => reader.select().from(devices).where(eq(devices.hash, hash)).get()),

    use: async (hash, atMs) => {
      await sqlite.write(
        () => writer.update(devices).set({ lastUsedAtMs: atMs }).where(eq(devices.hash, hash)).run(),
        { ...NOTHING_KEPT, mayBeLost: true },
      );
    },

    listOf: async ({ id, sessionEpoch, factorGeneration }) =>
      sqlite.read(() =>
        reader
          .select()
          .from(devices)
          .where(
            and(isOf(id), eq(devices.epoch, sessionEpoch), eq(devices.factorGeneration, factorGeneration)),
          )
          .orderBy(desc(devices.lastUsedAtMs), desc(devices.createdAtMs))
          .all(),
      ),

    delete: (userId, id) =>
      sqlite.write(
        () =>
          writer
            .delete(devices)
            .where(and(isOf(userId), eq(devices.id, id)))
            .run().changes > 0,
        NOTHING_KEPT,
      ),

    deleteAll: (userId) =>
      sqlite.write(() => writer.delete(devices).where(isOf(userId)).run().changes, NOTHING_KEPT),

    deletionOf: (userId) =>
      sqliteChange(() => {
        writer.delete(devices).where(isOf(userId)).run();
      }),

    deleteOver: ({ nowMs, limit }) =>
      sqlite.write(() => {
        const over = writer
          .select({ hash: devices.hash })
          .from(devices)
          .where(or(lte(devices.expiresAtMs, nowMs), gt(devices.createdAtMs, nowMs + CLOCK_TOLERANCE_MS)))
          .limit(limit);
        return writer.delete(devices).where(inArray(devices.hash, over)).run().changes;
      }, NOTHING_KEPT),
  };
}
