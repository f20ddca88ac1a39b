import type { Account } from "../../accounts/service.js";
import { eventKind, type Facts } from "../../events/service.js";

/** A recovery code was used in place of another factor. */
export const recoveryCodeUsed = eventKind<Facts & { readonly account: Account; readonly left: number }>(
  "recoveryCode.used",
);

/** The owner has a new set of recovery codes, and all earlier ones are void. */
export const recoveryCodesRenewed = eventKind<Facts & { readonly account: Account }>("recoveryCodes.renewed");
