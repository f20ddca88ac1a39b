import type { Accounts } from "../accounts/service.js";
import { addressedTo, decider } from "../mail/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import { verifyAddressLetter } from "./letters.js";
import { verificationLink } from "./link.js";

interface Deps {
  readonly accounts: Pick<Accounts, "find">;
  readonly links: Pick<MailedLinks, "issue">;
}

const HOURS = String(verificationLink.lifetimeMs / 3_600_000);

/**
 * Writes to an address that is to be confirmed, unless it has been confirmed or the account has another
 * address by now.
 */
export function verificationDecider({ accounts, links }: Deps) {
  return decider(verifyAddressLetter, async (typed, language) => {
    const account = await accounts.find({ email: typed });
    if (account === undefined || account.disabled || account.emailVerifiedAtMs !== null) return undefined;
    return async () => {
      const { link, expiresAtMs } = await links.issue(verificationLink, account, account);
      return { ...addressedTo(account, language), values: { link, hours: HOURS }, expiresAtMs };
    };
  });
}
