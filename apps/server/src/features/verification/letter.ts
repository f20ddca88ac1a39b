import type { Accounts } from "../accounts/service.js";
import type { Decide, LinkTo } from "../mail/service.js";
import { SECRET_LIFETIMES_MS, type Secrets } from "../mailed-links/service.js";

interface Deps {
  readonly accounts: Pick<Accounts, "find">;
  readonly secrets: Secrets;
  readonly linkTo: LinkTo;
}

const HOURS = String(SECRET_LIFETIMES_MS.verification / 3_600_000);

/** Writes to an address that its account's owner is to confirm, unless they have, or the account has another by now. */
export function decideVerification({ accounts, secrets, linkTo }: Deps): Decide<"verifyAddress"> {
  return async (to, language) => {
    const account = await accounts.find({ email: to });
    if (account === undefined || account.disabled || account.emailVerifiedAtMs !== null) return undefined;
    const { secret, expiresAtMs } = await secrets.issue("verification", account, account.email);
    const values = { link: linkTo("verification", secret), hours: HOURS };
    return { to: account.email, values, language: account.language ?? language, expiresAtMs };
  };
}
