import type { Accounts } from "../accounts/service.js";
import type { Decide, LinkTo } from "../mail/service.js";
import { SECRET_LIFETIMES_MS, type Secrets } from "../mailed-links/service.js";

interface Deps {
  readonly accounts: Pick<Accounts, "find">;
  readonly secrets: Secrets;
  readonly linkTo: LinkTo;
}

const MINUTES = String(SECRET_LIFETIMES_MS.recovery / 60_000);

/** Writes to the owner of an address that somebody has asked a recovery for; to nobody where nobody has it. */
export function decideRecovery({ accounts, secrets, linkTo }: Deps): Decide<"passwordRecovery"> {
  return async (to, language) => {
    const account = await accounts.find({ email: to });
    // A disabled account's owner could do nothing with a new password.
    if (account === undefined || account.disabled) return undefined;
    const { secret, expiresAtMs } = await secrets.issue("recovery", account, account.email);
    const values = { link: linkTo("recovery", secret), minutes: MINUTES };
    return { to: account.email, values, language: account.language ?? language, expiresAtMs };
  };
}
