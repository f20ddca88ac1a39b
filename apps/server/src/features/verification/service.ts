import { accountErrors } from "@latchkey/contracts/errors/account";
import { mailErrors } from "@latchkey/contracts/errors/mail";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import { AppError } from "../../error.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Limits, Origin } from "../limits/service.js";
import type { Mail, MailQuota } from "../mail/service.js";
import type { Secrets } from "../mailed-links/service.js";

/** Whether users must show that an address is theirs: `soft` only asks them to, `required` lets nobody else in. */
export type VerificationPolicy = "off" | "soft" | "required";

/** Who asks, and in which language to write to them. */
export type Asker = Pick<Origin, "network"> & { language(): Language };

/** Showing that an account's address is its owner's. */
export interface Verification {
  /** Has the link mailed to whoever has just registered, where the policy wants it. */
  begin(account: Account, language: Language): Promise<void>;
  /** `EMAIL_NOT_VERIFIED` where the policy does not let somebody in. */
  refusalOf(account: Pick<Account, "uuid" | "emailVerifiedAtMs">): AppError | undefined;
  /**
   * Checks somebody whose password was right; has the link mailed again to whoever is not let in. Raises
   * `EMAIL_NOT_VERIFIED`.
   */
  admit(account: Account, asker: Asker): Promise<void>;
  /** Has the link mailed, unless the address is confirmed. Raises `TOO_MANY_REQUESTS`. */
  request(account: Account, asker: Asker): Promise<void>;
  /** Confirms an address with a mailed secret. Raises `LINK_INVALID`, `RATE_LIMITED`, `UNAVAILABLE`. */
  complete(secret: string, from: Origin, cause: Cause): Promise<Account>;
}

interface Deps {
  readonly policy: VerificationPolicy;
  readonly accounts: Pick<Accounts, "findByUuid" | "confirmAddress">;
  readonly secrets: Secrets;
  readonly limits: Pick<Limits, "guard">;
  readonly mail: Pick<Mail, "ask">;
  readonly quota: MailQuota;
}

export function createVerification(deps: Deps): Verification {
  const { policy, accounts, secrets, limits, mail, quota } = deps;
  const ask = ({ email: to }: Account, language: Language) =>
    mail.ask({ to, template: "verifyAddress", language });
  const request = async (account: Account, asker: Asker) => {
    if (account.emailVerifiedAtMs !== null) return;
    await quota(account.email, asker, () => ask(account, asker.language()));
  };

  const refusalOf: Verification["refusalOf"] = ({ uuid: subject, emailVerifiedAtMs }) =>
    policy === "required" && emailVerifiedAtMs === null
      ? new AppError(mailErrors.EMAIL_NOT_VERIFIED, { subject })
      : undefined;

  return {
    request,

    async begin(account, language) {
      if (policy !== "off") await ask(account, language);
    },

    refusalOf,

    async admit(account, asker) {
      const refusal = refusalOf(account);
      if (refusal === undefined) return;
      await request(account, asker).catch((error: unknown) => {
        // Enough were sent: one of them will do.
        if (!(error instanceof AppError) || error.definition !== accountErrors.TOO_MANY_REQUESTS) throw error;
      });
      throw refusal;
    },

    async complete(secret, from, cause) {
      const { found } = await limits.guard({ from }, async () => {
        const found = await secrets.find("verification", secret);
        return { right: found !== undefined, found };
      });
      const account = found && (await accounts.findByUuid(found.subject));
      const stands = account !== undefined && account.email === found?.email;
      const confirmed = stands ? await accounts.confirmAddress(account, cause) : undefined;
      if (confirmed === undefined) throw new AppError(mailErrors.LINK_INVALID);
      await secrets.end(confirmed, "verification");
      return confirmed;
    },
  };
}
