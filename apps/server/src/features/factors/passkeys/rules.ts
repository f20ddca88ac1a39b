import { isBetween } from "../../../world/times.js";
import type { Challenge, Passkey, Purpose } from "./store.js";

/**
 * A counter that does not rise is that of a copy, or of an original that was used after its copy. One that
 * stays at 0 says nothing: passkeys that are synchronised do not count.
 */
export function isLater(counter: number, known: number): boolean {
  return counter > known || (counter === 0 && known === 0);
}

/** Whether a challenge counts for this purpose and this account. */
export function countsFor(
  challenge: Challenge,
  { purpose, userId }: { readonly purpose: Purpose; readonly userId: number | null },
  nowMs: number,
): boolean {
  return challenge.purpose === purpose && challenge.userId === userId && isBetween(challenge, nowMs);
}

/** A passkey as engines keep it. */
export interface PasskeyRow extends Omit<Passkey, "algorithm" | "transports"> {
  readonly algorithm: number;
  /** Separated by blanks, which none of them has. */
  readonly transports: string;
}

export function toRow(passkey: Passkey): PasskeyRow {
  return { ...passkey, transports: passkey.transports.join(" ") };
}

export function fromRow({ algorithm, transports, ...row }: PasskeyRow): Passkey {
  return {
    ...row,
    // Safe: an imported one may be another, and then no key fits it.
    algorithm: algorithm as Passkey["algorithm"],
    transports: transports === "" ? [] : transports.split(" "),
  };
}

/** A challenge as engines keep it; those of sign-ins are bound to the account, not to one ticket. */
export function challengeOf({
  hash,
  purpose,
  userId,
  createdAtMs,
  expiresAtMs,
}: Omit<Challenge, "purpose"> & { readonly purpose: string }): Challenge {
  // Safe: no other is ever inserted.
  return { hash, purpose: purpose as Purpose, userId, createdAtMs, expiresAtMs };
}
