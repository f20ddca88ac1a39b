import type { Accounts } from "../accounts/service.js";
import type { AnyLetterKind, Decider } from "../mail/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import { recoveryDecider } from "./decider.js";
import { passwordRecoveryLetter } from "./letters.js";
import { createRecovery, type Recovery, type RecoveryDeps } from "./service.js";

export interface RecoveryFeature {
  readonly recovery: Recovery;
  readonly letters: readonly AnyLetterKind[];
  readonly deciders: readonly Decider[];
}

export function openRecovery(
  deps: RecoveryDeps & { readonly accounts: Accounts; readonly links: MailedLinks },
): RecoveryFeature {
  return {
    recovery: createRecovery(deps),
    letters: [passwordRecoveryLetter],
    deciders: [recoveryDecider(deps)],
  };
}
