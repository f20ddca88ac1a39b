import type { Accounts } from "../accounts/service.js";
import { addressedTo, decider } from "../mail/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import { passwordRecoveryLetter } from "./letters.js";
import { recoveryLink } from "./link.js";

interface Deps {
  readonly accounts: Pick<Accounts, "find">;
  readonly links: Pick<MailedLinks, "issue">;
}

const MINUTES = String(recoveryLink.lifetimeMs / 60_000);

/**
 * Writes to the owner of an address for which a recovery was requested; writes nothing if there is no
 * account.
 */
export function recoveryDecider({ accounts, links }: Deps) {
  return decider(passwordRecoveryLetter, async (typed, language) => {
    const account = await accounts.find({ email: typed });
    // The owner of a disabled account could do nothing with a new password.
    if (account === undefined || account.disabled) return undefined;
    return async () => {
      const { link, expiresAtMs } = await links.issue(recoveryLink, account, account);
      return { ...addressedTo(account, language), values: { link, minutes: MINUTES }, expiresAtMs };
    };
  });
}
