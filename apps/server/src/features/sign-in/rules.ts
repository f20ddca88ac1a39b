import { isBetween } from "../../world/times.js";
import type { Account } from "../accounts/service.js";
import type { SignInStep } from "./store.js";

/** How long a sign-in may take after its first step. */
export const SIGN_IN_MS = 10 * 60_000;
/** How many factors may be tried with one ticket. */
export const MOST_TRIES = 5;

/** Where a request comes from, as digests that only this sign-in can be compared by. */
export interface StepPlace {
  readonly device: string | null;
  readonly network: string;
}

/**
 * Whether a sign-in goes on where it began: on the same device or, if one of the two requests does not say which it
 * is, in the same network.
 */
export function isSamePlace(began: StepPlace, now: StepPlace): boolean {
  if (began.device !== null && now.device !== null) return began.device === now.device;
  return began.network === now.network;
}

/** Whether a sign-in can go on: neither too late nor tried too often, and its account is as it was. */
export function isOpen(
  step: Pick<SignInStep, "epoch" | "factorGeneration" | "tries" | "createdAtMs" | "expiresAtMs">,
  { sessionEpoch, factorGeneration }: Pick<Account, "sessionEpoch" | "factorGeneration">,
  nowMs: number,
): boolean {
  return (
    isBetween(step, nowMs) &&
    step.tries < MOST_TRIES &&
    step.epoch === sessionEpoch &&
    step.factorGeneration === factorGeneration
  );
}
