import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../world/clock.js";
import type { Account } from "../accounts/service.js";
import type { SecretPurpose, SecretStore, StoredSecret } from "./store.js";

export type { SecretPurpose, StoredSecret } from "./store.js";

/** A secret that was just made: the only time that it is seen. */
export interface IssuedSecret {
  readonly secret: string;
  readonly expiresAtMs: number;
}

/** One-time secrets that are mailed to users. At rest there are only their hashes. */
export interface Secrets {
  /** Makes a secret for an address; what the account had for the same purpose is worthless from now on. */
  issue(
    purpose: SecretPurpose,
    account: Pick<Account, "uuid" | "sessionEpoch">,
    email: string,
  ): Promise<IssuedSecret>;
  /**
   * Whose a secret is, while it stands. That it serves only once is for whoever uses it to see to, by a change that
   * happens only while the account is as the secret says.
   */
  find(purpose: SecretPurpose, secret: string): Promise<StoredSecret | undefined>;
  /** Ends all secrets of an account, or those for one purpose. */
  end(account: Pick<Account, "uuid">, purpose?: SecretPurpose): Promise<void>;
  /** Deletes a bounded number of secrets that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

const MINUTE_MS = 60_000;

/** How long secrets stand. */
export const SECRET_LIFETIMES_MS: Readonly<Record<SecretPurpose, number>> = {
  recovery: 30 * MINUTE_MS,
  emailChange: 30 * MINUTE_MS,
  verification: 24 * 60 * MINUTE_MS,
};

/** 256 bits: nobody guesses them, so that a fast hash will do. */
const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const ROWS_PER_CLEANING = 1000;

export function createSecrets({
  store,
  clock,
}: {
  readonly store: SecretStore;
  readonly clock: Clock;
}): Secrets {
  return {
    async issue(purpose, { uuid: subject, sessionEpoch: epoch }, email) {
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const expiresAtMs = clock.nowMs() + SECRET_LIFETIMES_MS[purpose];
      await store.insert({ hash: hashOf(secret), purpose, subject, epoch, email, expiresAtMs });
      return { secret, expiresAtMs };
    },

    async find(purpose, secret) {
      if (!SECRET.test(secret)) return undefined;
      const found = await store.find(hashOf(secret));
      const stands = found?.purpose === purpose && found.expiresAtMs > clock.nowMs();
      return stands ? found : undefined;
    },

    end: ({ uuid }, purpose) => store.deleteOf(uuid, purpose),
    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
