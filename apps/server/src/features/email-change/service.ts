import { accountErrors } from "@latchkey/contracts/errors/account";
import { mailErrors } from "@latchkey/contracts/errors/mail";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import { AppError } from "../../error.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Limits, Origin } from "../limits/service.js";
import type { LinkTo, Mail, MailQuota } from "../mail/service.js";
import { SECRET_LIFETIMES_MS, type Secrets } from "../mailed-links/service.js";

/** An account before and after its address was changed. */
export interface Moved {
  readonly before: Account;
  readonly after: Account;
}

/** Another address for an account. */
export interface EmailChange {
  /** Has a link mailed to the new address. Raises `EMAIL_TAKEN`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`. */
  change(
    account: Account,
    newEmail: string,
    asker: Pick<Origin, "network"> & { language(): Language },
  ): Promise<void>;
  /** Takes the new address with a mailed secret. Raises `LINK_INVALID`, `EMAIL_TAKEN`, `RATE_LIMITED`, `UNAVAILABLE`. */
  complete(secret: string, from: Origin, cause: Cause): Promise<Moved>;
}

interface Deps {
  readonly accounts: Pick<Accounts, "find" | "findByUuid" | "move">;
  readonly secrets: Secrets;
  readonly limits: Pick<Limits, "guard">;
  readonly mail: Pick<Mail, "send">;
  readonly quota: MailQuota;
  readonly linkTo: LinkTo;
}

const LIFETIME_MS = SECRET_LIFETIMES_MS.emailChange;

export function createEmailChange(deps: Deps): EmailChange {
  const { accounts, secrets, limits, mail, quota, linkTo } = deps;
  return {
    async change(account, newEmail, asker) {
      await quota(newEmail, asker, async () => {
        const holder = await accounts.find({ email: newEmail });
        // The account's own may still be spelled anew.
        const isTaken = holder !== undefined && (holder.id !== account.id || holder.email === newEmail);
        if (isTaken) throw new AppError(accountErrors.EMAIL_TAKEN);
        // Made now, not when the mail is sent: what ends the account's secrets meanwhile ends this one as well.
        const { secret } = await secrets.issue("emailChange", account, newEmail);
        const values = { link: linkTo("email", secret), minutes: String(LIFETIME_MS / 60_000) };
        const language = account.language ?? asker.language();
        await mail.send({ to: newEmail, template: "confirmNewAddress", language, values }, LIFETIME_MS);
      });
    },

    async complete(secret, from, cause) {
      const { found } = await limits.guard({ from }, async () => {
        const found = await secrets.find("emailChange", secret);
        return { right: found !== undefined, found };
      });
      const before = found && (await accounts.findByUuid(found.subject));
      const isUsed = before?.email === found?.email;
      const stands = before !== undefined && !isUsed && before.sessionEpoch === found?.epoch;
      const after = stands ? await accounts.move(before, found.email, cause) : undefined;
      if (!stands || after === undefined) throw new AppError(mailErrors.LINK_INVALID);
      await secrets.end(after);
      return { before, after };
    },
  };
}
