import { mailErrors } from "@latchkey/contracts/errors/mail";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import { AppError } from "../../error.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Credentials } from "../credentials/service.js";
import type { Limits, Origin } from "../limits/service.js";
import type { Mail, MailQuota } from "../mail/service.js";
import type { Secrets } from "../mailed-links/service.js";

/** A new password for those who have forgotten theirs. */
export interface Recovery {
  /** Has a link mailed to the owner of an address, if anybody has it. Raises `TOO_MANY_REQUESTS`. */
  request(email: string, from: Origin, language: Language): Promise<void>;
  /**
   * Sets a new password with a mailed secret and ends all sessions; resolves to the account as it is then. Of many that
   * use a secret at once exactly one succeeds. Raises `LINK_INVALID`, `PASSWORD_TOO_COMMON`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  complete(secret: string, newPassword: string, from: Origin, cause: Cause): Promise<Account>;
}

interface Deps {
  readonly accounts: Pick<Accounts, "findByUuid">;
  readonly credentials: Pick<Credentials, "recover">;
  readonly secrets: Secrets;
  readonly limits: Pick<Limits, "guard">;
  readonly mail: Pick<Mail, "ask">;
  readonly quota: MailQuota;
}

export function createRecovery({ accounts, credentials, secrets, limits, mail, quota }: Deps): Recovery {
  return {
    // Nobody is looked for here: who measures the time learns nothing.
    request: (email, from, language) =>
      quota(email, from, () => mail.ask({ to: email, template: "passwordRecovery", language })),

    async complete(secret, newPassword, from, cause) {
      const { found } = await limits.guard({ from }, async () => {
        const found = await secrets.find("recovery", secret);
        return { right: found !== undefined, found };
      });
      const account = found && (await accounts.findByUuid(found.subject));
      const stands = account?.sessionEpoch === found?.epoch && account?.email === found?.email;
      if (account === undefined || !stands) throw new AppError(mailErrors.LINK_INVALID);
      const set = { password: newPassword, network: from.network() };
      const changed = await credentials.recover(account, set, cause);
      // Another was first: the change has ended all that the secret stood for.
      if (changed === undefined) throw new AppError(mailErrors.LINK_INVALID);
      await secrets.end(changed);
      return changed;
    },
  };
}
