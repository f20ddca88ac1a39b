import type { Change } from "../../../database/change.js";

/** A device on which no second factor is asked for. */
export interface TrustedDevice {
  /** SHA-256 of the secret that the client keeps. */
  readonly hash: string;
  /** What its owner names it by. */
  readonly id: string;
  readonly userId: number;
  /** The account's session epoch and factor generation when it was trusted: with either, the trust ends. */
  readonly epoch: number;
  readonly factorGeneration: number;
  readonly userAgent: string | null;
  readonly address: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly expiresAtMs: number;
}

/** The fields of an account that its trusted devices depend on. */
export interface DeviceOwner {
  readonly id: number;
  readonly sessionEpoch: number;
  readonly factorGeneration: number;
}

/** Keeps trusted devices. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface TrustedDeviceStore {
  /**
   * Adds a device in the transaction of another change, and keeps at most `perUser` of its owner, those that were used
   * last. The change is refused (`ChangeRefused`) if the owner is gone or has another epoch or factor generation.
   */
  insertion(device: TrustedDevice, perUser: number): Change;
  find(hash: string): Promise<TrustedDevice | undefined>;
  /** Notes that a device was used; may be lost in a power failure. */
  use(hash: string, atMs: number): Promise<void>;
  /** All devices that are stored for an owner as they are now, the last used first. */
  listOf(owner: DeviceOwner): Promise<readonly TrustedDevice[]>;
  /** Resolves to whether there was such a device of that user. */
  delete(userId: number, id: string): Promise<boolean>;
  /** Resolves to how many there were. */
  deleteAll(userId: number): Promise<number>;
  /** The same in the transaction of another change. */
  deletionOf(userId: number): Change;
  /** Deletes up to `limit` devices that have expired or are from the future. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
