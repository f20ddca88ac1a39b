import { accountErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Cause } from "../../../cause.js";
import { AppError } from "../../../error.js";
import type { Account, Accounts, LoginName } from "../../accounts/service.js";
import { type Credentials, isSamePassword } from "../../credentials/service.js";
import type { Limits, Origin } from "../../limits/service.js";

/** A password that a caller gives as theirs, and where the request came from. */
export interface PasswordAttempt {
  readonly password: string;
  readonly from: Origin;
}

/** An account whose password was just given. */
export interface Verified {
  readonly account: Account;
  readonly method: "password";
  /** Whether it came from a device and a network that are new to an owner who has signed in before. */
  readonly isNewPlace: boolean;
}

/** A change of the password by a user who knows the old one. */
export interface PasswordChange {
  readonly newPassword: string;
  /** The id of the session that continues. */
  readonly keepSession?: string | undefined;
}

/** The password as a factor: compared under the limits, in the same way on every surface. */
export interface PasswordFactor {
  /**
   * Does not decide whether the account may be let in. Raises `INVALID_CREDENTIALS`, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  verify(name: LoginName, attempt: PasswordAttempt): Promise<Verified>;
  /** Raises `WRONG_PASSWORD` if it is not the account's; `RATE_LIMITED`, `UNAVAILABLE`. */
  assert(account: Account, attempt: PasswordAttempt): Promise<void>;
  /**
   * Sets a new password with the old one and ends all other sessions. Resolves to the account after the
   * change. Raises `WRONG_PASSWORD`, `USER_DISABLED`, `PASSWORD_TOO_COMMON`, `RATE_LIMITED`, `UNAVAILABLE`,
   * and `PASSWORD_CHANGE_REQUIRED` if a temporary password would remain.
   */
  change(account: Account, attempt: PasswordAttempt, change: PasswordChange, cause: Cause): Promise<Account>;
}

interface Deps {
  readonly accounts: Pick<Accounts, "find">;
  readonly credentials: Pick<Credentials, "verify" | "renew" | "replace">;
  readonly limits: Pick<Limits, "guard">;
}

export function createPasswordFactor({ accounts, credentials, limits }: Deps): PasswordFactor {
  /**
   * Also for unknown users: equal work and equal limits, so that sign-in does not reveal which accounts
   * exist.
   */
  const check = (account: Account | undefined, typed: string, { password, from }: PasswordAttempt) => {
    const compare = () => credentials.verify(account?.hashedPassword, password, from.network());
    return limits.guard({ subject: account?.uuid ?? comparisonKey(typed), from }, compare);
  };

  const assert: PasswordFactor["assert"] = async (account, attempt) => {
    const verdict = await check(account, account.email, attempt);
    if (!verdict.right) throw new AppError(accountErrors.WRONG_PASSWORD, { subject: account.uuid });
  };

  return {
    async verify(name, attempt) {
      const account = await accounts.find(name);
      const verdict = await check(account, "email" in name ? name.email : name.name, attempt);
      if (account === undefined || !verdict.right) {
        throw new AppError(accountErrors.INVALID_CREDENTIALS, { subject: account?.uuid });
      }
      // An account that is not let in keeps its hash as it is.
      const isRenewed = verdict.outdated && !account.disabled && !account.mustChangePassword;
      const current = { password: attempt.password, network: attempt.from.network() };
      if (isRenewed) await credentials.renew(account, current);
      return { account, method: "password", isNewPlace: verdict.isNewPlace };
    },

    assert,

    async change(account, attempt, { newPassword, keepSession }, cause) {
      await assert(account, attempt);
      const subject = account.uuid;
      if (account.disabled) throw new AppError(accountErrors.USER_DISABLED, { subject });
      // An administrator knows it, so it must not become the owner's password.
      if (account.mustChangePassword && isSamePassword(newPassword, attempt.password)) {
        throw new AppError(accountErrors.PASSWORD_CHANGE_REQUIRED, { subject });
      }
      const set = { password: newPassword, network: attempt.from.network(), keepSession };
      const changed = await credentials.replace(account, set, cause);
      // Another change came first: the old password is no longer the account's, or the account was disabled.
      if (changed === undefined) throw new AppError(accountErrors.WRONG_PASSWORD, { subject });
      return changed;
    },
  };
}
