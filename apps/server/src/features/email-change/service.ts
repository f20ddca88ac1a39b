import { accountErrors } from "@latchkey/contracts/errors/account";
import { mailErrors } from "@latchkey/contracts/errors/mail";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import { AppError } from "../../error.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Limits, Origin } from "../limits/service.js";
import type { Mail, MailQuota } from "../mail/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import type { Opener, Ownership } from "../ownership/service.js";
import type { LiveSession, Sessions } from "../sessions/service.js";
import { confirmNewAddressLetter } from "./letters.js";
import { emailChangeLink } from "./link.js";

/** Changes the address of an account. */
export interface EmailChange {
  /**
   * Has a link mailed to the new address, which ends with the session. Raises `EMAIL_TAKEN`,
   * `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
   */
  change(
    owner: LiveSession,
    newEmail: string,
    asker: Pick<Origin, "network" | "site" | "isGone"> & { language(): Language },
  ): Promise<void>;
  /**
   * Makes the new address the account's, with a mailed secret; resolves to the account after the change.
   * Counts only where the account's owner is: the new mailbox may be a stranger's. Raises
   * `LINK_OPENED_ELSEWHERE`, `LINK_INVALID`, `EMAIL_TAKEN`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  complete(secret: string, from: Opener, cause: Cause): Promise<Account>;
}

export interface EmailChangeDeps {
  readonly accounts: Pick<Accounts, "find" | "move">;
  readonly links: Pick<MailedLinks, "issue" | "redeem">;
  readonly sessions: Pick<Sessions, "isAlive">;
  readonly ownership: Ownership;
  readonly mail: Pick<Mail, "send">;
  readonly quota: MailQuota;
  readonly limits: Pick<Limits, "changing" | "revealing">;
}

const { lifetimeMs } = emailChangeLink;
const MINUTES = String(lifetimeMs / 60_000);

export function createEmailChange(deps: EmailChangeDeps): EmailChange {
  const { accounts, links, sessions, ownership, mail, quota, limits } = deps;
  const assertFree = async (account: Account, newEmail: string) => {
    const holder = await accounts.find({ email: newEmail });
    // An account may change the spelling of its own address.
    const isTaken = holder !== undefined && (holder.id !== account.id || holder.email === newEmail);
    if (isTaken) throw new AppError(accountErrors.EMAIL_TAKEN);
  };
  return {
    async change({ account, session }, newEmail, asker) {
      const request = { letter: confirmNewAddressLetter, to: newEmail, by: account.uuid };
      const mailed = async () => {
        await limits.revealing(asker, () => assertFree(account, newEmail));
        // Made now, not when the mail is sent: anything that ends the account's links in between ends this
        // one as well.
        const { link } = await links.issue(emailChangeLink, account, {
          email: newEmail,
          sessionId: session.id,
        });
        const language = account.language ?? asker.language();
        const letter = { to: newEmail, about: account.uuid, language, values: { link, minutes: MINUTES } };
        await mail.send(confirmNewAddressLetter, letter, lifetimeMs);
      };
      await limits.changing("address", account.uuid, () => quota.within(request, asker, mailed));
    },

    complete: (secret, from, cause) =>
      links.redeem(emailChangeLink, { secret, from }, async (account, { email, sessionId, usesUp }) => {
        if (sessionId === null || !(await sessions.isAlive(account, sessionId))) return undefined;
        if (!(await ownership.isOwner(account, from))) {
          throw new AppError(mailErrors.LINK_OPENED_ELSEWHERE, { subject: account.uuid });
        }
        return accounts.move(account, { email, usesUp }, cause);
      }),
  };
}
