import { isBetween } from "../../../world/times.js";
import type { UserRecord } from "../../accounts/service.js";
import type { SignInCode } from "./store.js";

/*
 * Decided in SQL as well, because it must be one statement: of many wrong guesses at once each counts, and of
 * many right ones exactly one spends the code.
 */

/** How long a code can be used after it was asked for. */
export const CODE_MS = 10 * 60_000;

/** How many wrong codes may be given for one ticket. */
export const MOST_TRIES = 5;

/** Whether a code can still be given: it was not spent, not guessed at too often, and has not expired. */
export function isOpen(
  code: Pick<SignInCode, "spentAtMs" | "tries" | "createdAtMs" | "expiresAtMs">,
  nowMs: number,
): boolean {
  return code.spentAtMs === null && code.tries < MOST_TRIES && isBetween(code, nowMs);
}

/**
 * Whether a code is still its account's: the password and the address that it was mailed to must be the same. The
 * account's `currentKey` is the form in which its address is compared.
 */
export function fits(
  { userId, epoch, addressKey }: Pick<SignInCode, "userId" | "epoch" | "addressKey">,
  { id, sessionEpoch, disabled }: Pick<UserRecord, "id" | "sessionEpoch" | "disabled">,
  currentKey: string,
): boolean {
  return userId === id && epoch === sessionEpoch && addressKey === currentKey && !disabled;
}

/** A code as it was typed, without the blanks and hyphens that people copy with it; `undefined` if it is none. */
export function readCode(typed: string): string | undefined {
  const digits = typed.normalize("NFKC").replace(/[\s\p{Cf}-]/gu, "");
  return /^[0-9]{6}$/.test(digits) ? digits : undefined;
}

/** A code as it is written in letters: `123 456`. */
export function spaced(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`;
}
