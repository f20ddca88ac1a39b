import { isBetween, stillLasts } from "../../../world/times.js";
import type { DeviceOwner, TrustedDevice } from "./store.js";

/**
 * Whether no second factor is asked for on a device: it is the account's, whose password and factors have not changed
 * since it was trusted. If `TRUSTED_DEVICE_DAYS` is lowered, that also counts for devices that are trusted already.
 */
export function isTrusted(
  device: TrustedDevice,
  { id, sessionEpoch, factorGeneration }: DeviceOwner,
  { nowMs, lengthMs }: { readonly nowMs: number; readonly lengthMs: number },
): boolean {
  return (
    device.userId === id &&
    device.epoch === sessionEpoch &&
    device.factorGeneration === factorGeneration &&
    factorGeneration > 0 &&
    isBetween(device, nowMs) &&
    stillLasts({ beganAtMs: device.createdAtMs, lengthMs }, nowMs)
  );
}
