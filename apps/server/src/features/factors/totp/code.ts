import { createHmac, timingSafeEqual } from "node:crypto";
import { isSpent } from "./rules.js";

/** The secret that an authenticator app and the server share, and how codes are computed from it. */
export interface TotpSecret {
  readonly bytes: Uint8Array;
  readonly algorithm: TotpAlgorithm;
  readonly digits: 6 | 7 | 8;
  readonly periodSeconds: number;
}

export type TotpAlgorithm = "SHA1" | "SHA256" | "SHA512";

/** One step before and after now: clocks differ, and typing takes time (RFC 6238 5.2). */
const STEPS_AROUND = [-1, 0, 1] as const;

/** The code of a step (RFC 6238 4.2, RFC 4226 5.3). */
export function codeAt({ bytes, algorithm, digits }: TotpSecret, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac(algorithm, bytes).update(counter).digest();
  const number = mac.readUInt32BE(mac.readUInt8(mac.length - 1) & 15) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/** The number of the period that a time is in. */
export function stepAt({ periodSeconds }: Pick<TotpSecret, "periodSeconds">, atMs: number): number {
  return Math.floor(atMs / 1000 / periodSeconds);
}

/**
 * The step whose code was given, if it is one of those around now and counts: of a code that was used before,
 * and of all before it, none does.
 */
export function stepOf(
  secret: TotpSecret,
  code: string,
  { nowMs, lastStep }: { readonly nowMs: number; readonly lastStep: number },
): number | undefined {
  const now = stepAt(secret, nowMs);
  const isGiven = (step: number) => {
    const [right, given] = [Buffer.from(codeAt(secret, step)), Buffer.from(code)];
    return right.length === given.length && timingSafeEqual(right, given);
  };
  return STEPS_AROUND.map((around) => now + around).find(
    (step) => step >= 0 && !isSpent(step, { lastStep, now }) && isGiven(step),
  );
}
