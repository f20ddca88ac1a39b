import { accountErrors } from "@latchkey/contracts/errors/account";
import { mailErrors } from "@latchkey/contracts/errors/mail";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import { type Change, NO_CHANGE, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Credentials } from "../credentials/service.js";
import type { KnownPlaces, Origin } from "../known-places/service.js";
import type { Mail, MailQuota } from "../mail/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import type { Opener, Ownership } from "../ownership/service.js";
import { verifyAddressLetter } from "./letters.js";
import { verificationLink } from "./link.js";

/** Whether users must confirm their address: `soft` only asks them to, `required` lets no other user in. */
export type VerificationPolicy = "off" | "soft" | "required";

/** Who makes the request, and the language in which to write to them. */
export type Asker = Pick<Origin, "network" | "site"> & { language(): Language };

/** Confirms that an account's address is its owner's. */
export interface Verification {
  /**
   * Has the link mailed to a new account, if the policy requires it and the site has not had too many mailed
   * to the address; to be committed with its registration.
   */
  beginning(email: string, asker: Asker): Promise<Change>;
  /** `EMAIL_NOT_VERIFIED` if the policy does not let the account in. */
  refusalOf(account: Pick<Account, "uuid" | "emailVerifiedAtMs">): AppError | undefined;
  /**
   * Checks a user whose password was right; has the link mailed again if the user is not let in. Raises
   * `EMAIL_NOT_VERIFIED`.
   */
  admit(account: Account, asker: Asker): Promise<void>;
  /** Has the link mailed, unless the address is confirmed. Raises `TOO_MANY_REQUESTS`. */
  request(account: Account, asker: Asker): Promise<void>;
  /**
   * Confirms an address with a mailed secret. Its reader may not be the person who registered: without a new
   * password this counts only where the account's owner is. With one, all access that others had ends; that
   * is refused if another password was set since the link was mailed. Raises `NEW_PASSWORD_REQUIRED`,
   * `LINK_INVALID`, `PASSWORD_TOO_COMMON`, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  complete(by: Confirmation, from: Opener, cause: Cause): Promise<Account>;
}

/** What confirms an address. */
export interface Confirmation {
  readonly secret: string;
  readonly newPassword?: string | undefined;
}

export interface VerificationDeps {
  readonly policy: VerificationPolicy;
  readonly accounts: Pick<Accounts, "confirmAddress">;
  readonly credentials: Pick<Credentials, "recover">;
  readonly ownership: Ownership;
  readonly places: Pick<KnownPlaces, "forgetting">;
  readonly links: Pick<MailedLinks, "redeem">;
  readonly mail: Pick<Mail, "ask" | "asking">;
  readonly quota: MailQuota;
}

export function createVerification(deps: VerificationDeps): Verification {
  const { policy, accounts, credentials, ownership, places, links, mail, quota } = deps;
  const asked = (to: string, asker: Asker) => ({ to, language: asker.language(), from: asker.site() });
  const request = async (account: Account, asker: Asker) => {
    if (account.emailVerifiedAtMs !== null) return;
    const { email: to, uuid: by } = account;
    await quota.within({ letter: verifyAddressLetter, to, by }, asker, () =>
      mail.ask(verifyAddressLetter, asked(account.email, asker)),
    );
  };

  const refusalOf: Verification["refusalOf"] = ({ uuid: subject, emailVerifiedAtMs }) =>
    policy === "required" && emailVerifiedAtMs === null
      ? new AppError(mailErrors.EMAIL_NOT_VERIFIED, { subject })
      : undefined;

  return {
    request,

    async beginning(email, asker) {
      if (policy === "off") return NO_CHANGE;
      // Registering again after deleting the account must not be a way to flood a mailbox.
      const request = { letter: verifyAddressLetter, to: email, by: asker.site() };
      if (!(await quota.allows(request))) return NO_CHANGE;
      return mail.asking(verifyAddressLetter, asked(email, asker));
    },

    refusalOf,

    async admit(account, asker) {
      const refusal = refusalOf(account);
      if (refusal === undefined) return;
      await request(account, asker).catch((error: unknown) => {
        // Enough links were asked for: for this account, whose owner finds one of them in the mailbox; or from
        // this network, from which the owner can ask for more later.
        if (!(error instanceof AppError) || error.definition !== accountErrors.TOO_MANY_REQUESTS) throw error;
      });
      throw refusal;
    },

    complete: ({ secret, newPassword: password }, from, cause) =>
      links.redeem(verificationLink, { secret, from }, async (account, { epoch, usesUp }) => {
        if (password !== undefined) {
          // Like a link of recovery, it sets no password after another was set, or the account was disabled.
          if (epoch !== account.sessionEpoch) return undefined;
          const also = together(usesUp, places.forgetting(account.uuid));
          const turn = { kind: "recovery", from } as const;
          return credentials.recover(account, { password, turn, usesUp: also }, cause);
        }
        if (await ownership.isOwner(account, from)) return accounts.confirmAddress(account, usesUp, cause);
        throw new AppError(mailErrors.NEW_PASSWORD_REQUIRED, { subject: account.uuid });
      }),
  };
}
