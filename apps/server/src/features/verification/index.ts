import { oneOf } from "../../settings/setting.js";
import type { Accounts } from "../accounts/service.js";
import type { AnyLetterKind, Decider } from "../mail/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import { verificationDecider } from "./decider.js";
import { verifyAddressLetter } from "./letters.js";
import { createVerification, type Verification, type VerificationDeps } from "./service.js";

export const verificationSettings = {
  policy: {
    name: "EMAIL_VERIFICATION",
    meaning:
      "Whether users must confirm that an address is theirs. `soft`: a link is mailed at registration. " +
      "`required`: in addition, users cannot sign in until they have used it.",
    fallback: "off",
    parse: oneOf("off", "soft", "required"),
  },
} as const;

export interface VerificationFeature {
  readonly verification: Verification;
  readonly letters: readonly AnyLetterKind[];
  readonly deciders: readonly Decider[];
}

export function openVerification(
  deps: VerificationDeps & { readonly accounts: Accounts; readonly links: MailedLinks },
): VerificationFeature {
  return {
    verification: createVerification(deps),
    letters: [verifyAddressLetter],
    deciders: [verificationDecider(deps)],
  };
}
