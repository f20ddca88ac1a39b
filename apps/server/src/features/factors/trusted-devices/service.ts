import { createHash, randomBytes, randomUUID } from "node:crypto";
import { deviceErrors } from "@latchkey/contracts/errors/device";
import { AppError } from "../../../error.js";
import type { Clock } from "../../../world/clock.js";
import type { Log } from "../../../world/log.js";
import type { Account, Endings } from "../../accounts/service.js";
import { NO_CHANGE } from "../../../database/change.js";
import type { SignInOrigin } from "../service.js";
import { isTrusted } from "./rules.js";
import type { TrustedDevice, TrustedDeviceStore } from "./store.js";

export type { TrustedDevice } from "./store.js";

/** Devices on which their owners are not asked for a second factor again. */
export interface TrustedDevices {
  /** Whether devices can be trusted at all. */
  readonly isOffered: boolean;
  /** Whether the secret that came with a sign-in is that of a device which the account trusts. Raises `UNAVAILABLE`. */
  recognise(account: Account, secret: string | undefined): Promise<boolean>;
  /**
   * Trusts the device of a user who has just given a second factor; `undefined` if devices cannot be trusted or the
   * account has changed in the meantime. Raises `UNAVAILABLE`.
   */
  trust(
    account: Account,
    from: Pick<SignInOrigin, "address" | "userAgent">,
  ): Promise<{ readonly secret: string; readonly expiresAtMs: number } | undefined>;
  /** The devices that the account trusts now, the last used first. */
  listOf(account: Account): Promise<readonly TrustedDevice[]>;
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
/** A use that was noted within this time is not written again. */
const RENEW_MS = 60 * 60_000;

export function createTrustedDevices({ store, endings, lengthMs, clock, log }: TrustedDeviceDeps): TrustedDevices {
  // They depend on the epoch anyway: what can no longer be used is deleted.
  endings.add(({ id }) => ({ change: store.deletionOf(id), settle: async () => {} }));

  const isTrustedBy = (account: Account) => {
    const now = { nowMs: clock.nowMs(), lengthMs };
    return (device: TrustedDevice) => isTrusted(device, account, now);
  };

  return {
    isOffered: lengthMs > 0,

    async recognise(account, secret) {
      if (secret === undefined || lengthMs === 0) return false;
      const hash = hashOf(secret);
      const device = await store.find(hash);
      if (device === undefined || !isTrustedBy(account)(device)) return false;
      const nowMs = clock.nowMs();
      if (Math.abs(nowMs - device.lastUsedAtMs) >= RENEW_MS) {
        // It is only shown: a sign-in does not fail because of it.
        await store.use(hash, nowMs).catch((error: unknown) => {
          log("warn", "a use of a trusted device was not noted", { error });
        });
      }
      return true;
    },

    async trust({ id: userId, sessionEpoch: epoch, factorGeneration }, from) {
      if (lengthMs === 0 || factorGeneration === 0) return undefined;
      const secret = randomBytes(32).toString("base64url");
      const nowMs = clock.nowMs();
      const expiresAtMs = nowMs + lengthMs;
      const whence = { userAgent: from.userAgent() ?? null, address: from.address() };
      const times = { createdAtMs: nowMs, lastUsedAtMs: nowMs, expiresAtMs };
      const device = { hash: hashOf(secret), id: randomUUID(), userId, epoch, factorGeneration, ...whence, ...times };
      return (await store.insert(device, PER_USER)) ? { secret, expiresAtMs } : undefined;
    },

    listOf: async (account) => (await store.listOf(account)).filter(isTrustedBy(account)),

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
