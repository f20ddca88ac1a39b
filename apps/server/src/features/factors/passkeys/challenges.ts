import { randomBytes } from "node:crypto";
import type { Clock } from "../../../world/clock.js";
import type { Limits, Network } from "../../limits/service.js";
import { bytesOf } from "./bytes.js";
import { claimedChallenge } from "./client-data.js";
import { CEREMONY_MS } from "./options.js";
import { sha256 } from "./registration.js";
import { countsFor } from "./rules.js";
import type { PasskeyStore, Purpose } from "./store.js";

/** What a challenge is for; `userId` is `null` if the passkey is to say whose it is. */
export interface ChallengeFor {
  readonly purpose: Purpose;
  readonly userId: number | null;
}

/**
 * The challenges of ceremonies. Each counts once, within ten minutes, and only for what it was issued for.
 */
export interface Challenges {
  /** Raises `TOO_MANY_REQUESTS`, `UNAVAILABLE`. */
  issue(of: ChallengeFor, from: Network): Promise<string>;
  /**
   * Spends the challenge that a browser's answer claims to be for, whether or not the answer is right.
   * Resolves to it if it counts.
   */
  spend(clientDataJSON: string, of: ChallengeFor): Promise<string | undefined>;
  /** Deletes a bounded number of expired ones; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface ChallengeDeps {
  readonly store: Pick<PasskeyStore, "addChallenge" | "takeChallenge" | "deleteOver">;
  readonly limits: Pick<Limits, "within">;
  readonly clock: Clock;
}

const ROWS_PER_CLEANING = 1000;
/**
 * Each page with autofill asks for one, so an office full of users needs many; each is a row for ten minutes.
 */
const QUOTA = { of: "passkey challenges", limit: 10_000, windowMs: CEREMONY_MS };

export function createChallenges({ store, limits, clock }: ChallengeDeps): Challenges {
  return {
    async issue(of, from) {
      const challenge = randomBytes(32).toString("base64url");
      const createdAtMs = clock.nowMs();
      const expiresAtMs = createdAtMs + CEREMONY_MS;
      const row = { ...of, hash: hashOf(challenge), createdAtMs, expiresAtMs };
      await limits.within(QUOTA, from, () => store.addChallenge(row));
      return challenge;
    },

    async spend(clientDataJSON, of) {
      const challenge = claimedChallenge(bytesOf(clientDataJSON) ?? Buffer.alloc(0));
      if (challenge === undefined) return undefined;
      const taken = await store.takeChallenge(hashOf(challenge));
      return taken !== undefined && countsFor(taken, of, clock.nowMs()) ? challenge : undefined;
    },

    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

/** 256 bits cannot be guessed, so a fast hash is enough. */
function hashOf(challenge: string): string {
  return sha256(challenge).toString("base64url");
}
