import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import { together } from "../../database/change.js";
import type { Account } from "../accounts/service.js";
import type { Credentials } from "../credentials/service.js";
import type { KnownPlaces } from "../known-places/service.js";
import type { Origin } from "../limits/service.js";
import type { Mail, MailQuota } from "../mail/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import { passwordRecoveryLetter } from "./letters.js";
import { recoveryLink } from "./link.js";

/** Lets users who have forgotten their password set a new one. */
export interface Recovery {
  /** Has a link mailed to the owner of an address, if it has an account. Raises `TOO_MANY_REQUESTS`. */
  request(email: string, from: Origin, language: Language): Promise<void>;
  /**
   * Sets a new password with a mailed secret and ends all sessions; resolves to the account after the change.
   * Of many simultaneous uses of a secret exactly one succeeds. Raises `LINK_INVALID`, `PASSWORD_TOO_COMMON`,
   * `RATE_LIMITED`, `UNAVAILABLE`.
   */
  complete(secret: string, newPassword: string, from: Origin, cause: Cause): Promise<Account>;
}

export interface RecoveryDeps {
  readonly credentials: Pick<Credentials, "recover">;
  readonly places: Pick<KnownPlaces, "forgetting">;
  readonly links: Pick<MailedLinks, "redeem">;
  readonly mail: Pick<Mail, "ask">;
  readonly quota: MailQuota;
}

export function createRecovery({ credentials, places, links, mail, quota }: RecoveryDeps): Recovery {
  return {
    // No account is looked up here, so that the response time reveals nothing.
    request: (email, from, language) =>
      quota.within({ letter: passwordRecoveryLetter, to: email, by: from.site() }, from, () =>
        mail.ask(passwordRecoveryLetter, { to: email, language, from: from.site() }),
      ),

    complete: (secret, password, from, cause) =>
      links.redeem(recoveryLink, { secret, from }, (account, { usesUp }) => {
        // Until now it was unknown whose account this is: its places may be those of a stranger who
        // registered it.
        const isFirstProof = account.emailVerifiedAtMs === null;
        const also = together(usesUp, isFirstProof ? places.forgetting(account.uuid) : undefined);
        return credentials.recover(
          account,
          { password, turn: { kind: "recovery", from }, usesUp: also },
          cause,
        );
      }),
  };
}
