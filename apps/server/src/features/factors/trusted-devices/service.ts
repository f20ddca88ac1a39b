import { createHash, randomBytes, randomUUID } from "node:crypto";
import { deviceErrors } from "@latchkey/contracts/errors/device";
import { AppError } from "../../../error.js";
import type { Clock } from "../../../world/clock.js";
import type { Log } from "../../../world/log.js";
import type { Account, Endings } from "../../accounts/service.js";
import type { DeviceTrust } from "../service.js";
import { isTrusted } from "./rules.js";
import type { TrustedDevice, TrustedDeviceStore } from "./store.js";

/** A device in the list of those that an account trusts. */
export interface ListedDevice extends TrustedDevice {
  /** Whether it is the one that asks. */
  readonly isCurrent: boolean;
}

/** Devices on which their owners are not asked for a second factor at each sign-in. */
export interface TrustedDevices extends DeviceTrust {
  /** The devices that the account trusts now, the last used first. `secret` is that of the device that asks. */
  listOf(account: Account, secret: string | undefined): Promise<readonly ListedDevice[]>;
  /** Raises `DEVICE_UNKNOWN`, also if it is another account's. */
  forget(account: Account, id: string): Promise<void>;
  /** Resolves to how many were forgotten. */
  forgetAll(account: Account): Promise<number>;
  /** Deletes a bounded number of devices that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface TrustedDeviceDeps {
  readonly store: TrustedDeviceStore;
  readonly endings: Pick<Endings, "add">;
  /** For how long a device is trusted; 0 if none is. */
  readonly lengthMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

const PER_USER = 20;
const ROWS_PER_CLEANING = 1000;
/** A use within this time after another one is not noted. */
const RENEW_MS = 60 * 60_000;

export function createTrustedDevices(deps: TrustedDeviceDeps): TrustedDevices {
  const { store, endings, lengthMs, clock, log } = deps;
  // None of them counts under the new epoch anyway.
  endings.add(({ id }) => ({ change: store.deletionOf(id), settle: async () => {} }));

  const isTrustedBy = (account: Account) => {
    const now = { nowMs: clock.nowMs(), lengthMs };
    return (device: TrustedDevice) => isTrusted(device, account, now);
  };
  const noteUse = async ({ hash, lastUsedAtMs }: TrustedDevice) => {
    const nowMs = clock.nowMs();
    if (Math.abs(nowMs - lastUsedAtMs) < RENEW_MS) return;
    // It is only shown: no sign-in fails because of it.
    await store.use(hash, nowMs).catch((error: unknown) => {
      log("warn", "the use of a trusted device was not noted", { error });
    });
  };

  return {
    async isTrusted(account, secret) {
      if (lengthMs === 0) return false;
      const device = await store.find(hashOf(secret));
      if (device === undefined || !isTrustedBy(account)(device)) return false;
      await noteUse(device);
      return true;
    },

    trusting({ id: userId, sessionEpoch: epoch, factorGeneration }, from) {
      if (lengthMs === 0 || factorGeneration === 0) return undefined;
      const secret = randomBytes(32).toString("base64url");
      const nowMs = clock.nowMs();
      const device = {
        ...{ hash: hashOf(secret), id: randomUUID(), userId, epoch, factorGeneration },
        ...{ userAgent: from.userAgent() ?? null, address: from.address() },
        ...{ createdAtMs: nowMs, lastUsedAtMs: nowMs, expiresAtMs: nowMs + lengthMs },
      };
      return { secret, change: store.insertion(device, PER_USER) };
    },

    async listOf(account, secret) {
      const current = secret === undefined ? undefined : hashOf(secret);
      const trusted = (await store.listOf(account)).filter(isTrustedBy(account));
      return trusted.map((device) => ({ ...device, isCurrent: device.hash === current }));
    },

    async forget({ id: userId, uuid: subject }, id) {
      if (!(await store.delete(userId, id))) throw new AppError(deviceErrors.DEVICE_UNKNOWN, { subject });
    },

    forgetAll: ({ id }) => store.deleteAll(id),
    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

/** 256 bits cannot be guessed, so a fast hash is enough. */
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
