import { accountErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Cause } from "../../../cause.js";
import { AppError } from "../../../error.js";
import type { Account, Accounts, LoginName } from "../../accounts/service.js";
import { type Credentials, isSamePassword } from "../../credentials/service.js";
import type { Limits, Origin, Proven } from "../../limits/service.js";

/** A password that a caller gives as theirs, and where the request came from. */
export interface PasswordAttempt {
  readonly password: string;
  readonly from: Origin;
}

/** An account whose password was just given. */
export interface Verified {
  readonly account: Account;
  readonly method: "pwd";
  /** Where it was given, to be remembered with the session that it starts. */
  readonly place: Proven;
}

/** A change of the password by a user who knows the old one. */
export interface PasswordChange {
  readonly newPassword: string;
  /** The id of the session that continues. */
  readonly keepSession?: string | undefined;
  /** What else must be shown, once the old password was right. */
  readonly assertMore?: (() => Promise<void>) | undefined;
}

/** The password as a factor: compared under the limits, in the same way on every surface. */
export interface PasswordFactor {
  /**
   * Does not decide whether the account may be let in. Raises `INVALID_CREDENTIALS`, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  verify(name: LoginName, attempt: PasswordAttempt): Promise<Verified>;
  /**
   * Finds the account whose password is to be changed, by its address. That there is none is a guess as much
   * as a wrong password is. Raises `USER_NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  find(email: string, from: Origin): Promise<Account>;
  /** Raises `WRONG_PASSWORD` if it is not the account's; `RATE_LIMITED`, `UNAVAILABLE`. */
  assert(account: Account, attempt: PasswordAttempt): Promise<void>;
  /**
   * Sets a new password with the old one and ends all other sessions. Resolves to the account after the
   * change. Raises `WRONG_PASSWORD`, `USER_DISABLED`, `PASSWORD_TOO_COMMON`, `RATE_LIMITED`, `UNAVAILABLE`,
   * `PASSWORD_CHANGE_REQUIRED` if a temporary password would remain, and what `assertMore` raises.
   */
  change(account: Account, attempt: PasswordAttempt, change: PasswordChange, cause: Cause): Promise<Account>;
}

interface Deps {
  readonly accounts: Pick<Accounts, "find" | "requiring">;
  readonly credentials: Pick<Credentials, "verify" | "renew" | "replace">;
  readonly limits: Pick<Limits, "guard">;
}

export function createPasswordFactor({ accounts, credentials, limits }: Deps): PasswordFactor {
  /**
   * Also for unknown users: equal work and equal limits, so that sign-in does not reveal which accounts
   * exist.
   */
  const check = (account: Account | undefined, typed: string, { password, from }: PasswordAttempt) => {
    const compare = (isKnown: boolean) =>
      credentials.verify(account?.hashedPassword, password, { kind: isKnown ? "known" : "unknown", from });
    return limits.guard({ subject: account?.uuid, typed: comparisonKey(typed), from }, compare);
  };

  const prove = async (account: Account, attempt: PasswordAttempt): Promise<Proven> => {
    const verdict = await check(account, account.email, attempt);
    if (!verdict.right) throw new AppError(accountErrors.WRONG_PASSWORD, { subject: account.uuid });
    return verdict.place;
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
      const current = { password: attempt.password, turn: { kind: "known", from: attempt.from } } as const;
      if (isRenewed) await credentials.renew(account, current);
      return { account, method: "pwd", place: verdict.place };
    },

    async find(email, from) {
      const { account } = await limits.guard({ from }, async () => {
        const account = await accounts.find({ email });
        return { right: account !== undefined, account };
      });
      if (account === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
      return account;
    },

    async assert(account, attempt) {
      const place = await prove(account, attempt);
      await place.remember(accounts.requiring(account));
    },

    async change(account, attempt, { newPassword, keepSession, assertMore }, cause) {
      const place = await prove(account, attempt);
      const subject = account.uuid;
      if (account.disabled) throw new AppError(accountErrors.USER_DISABLED, { subject });
      // An administrator knows it, so it must not become the owner's password.
      if (account.mustChangePassword && isSamePassword(newPassword, attempt.password)) {
        throw new AppError(accountErrors.PASSWORD_CHANGE_REQUIRED, { subject });
      }
      await assertMore?.();
      const turn = { kind: "known", from: attempt.from } as const;
      const set = { password: newPassword, turn, keepSession };
      const changed = await credentials.replace(account, set, cause);
      // Another change came first: the old password is no longer the account's, or the account was disabled.
      if (changed === undefined) throw new AppError(accountErrors.WRONG_PASSWORD, { subject });
      await place.remember(accounts.requiring(changed));
      return changed;
    },
  };
}
