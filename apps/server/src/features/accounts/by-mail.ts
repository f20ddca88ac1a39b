import { accountErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Change } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { ChangeDeps } from "./changes.js";
import type { Account, AccountChange, Changed } from "./store.js";

/**
 * What a mailed secret lets its holder do to an account as it was read. Each resolves to the account as it is then, or to
 * `undefined` where it has changed since in what the secret stood for: so a secret serves once.
 */
export interface ChangesByMail {
  /** Sets a password and ends all sessions. The address was shown to be the owner's by it. */
  recover(
    account: Account,
    set: { readonly password: string; readonly network: string },
    also?: Change,
  ): Promise<Account | undefined>;
  /** Notes that the address was shown to be its owner's. */
  confirmAddress(account: Account, also?: Change): Promise<Account | undefined>;
  /** Sets another address, which was shown to be the owner's. Raises `EMAIL_TAKEN`. */
  move(account: Account, email: string, also?: Change): Promise<Account | undefined>;
}

export function createChangesByMail({ store, passwords, clock }: ChangeDeps): ChangesByMail {
  const change = async (account: Account, what: Omit<AccountChange, "atMs">, also?: Change) => {
    const at = { atMs: clock.nowMs(), ifEmail: account.email };
    return changedOrNot(await store.change(account.id, { ...what, ...at }, also));
  };

  return {
    async recover(account, { password, network }, also) {
      const hashedPassword = await passwords.hash(password, network);
      const values = { hashedPassword, mustChangePassword: false, emailVerifiedAtMs: clock.nowMs() };
      return change(account, { values, ifEpoch: account.sessionEpoch, endsSessions: true }, also);
    },

    confirmAddress: (account, also) =>
      change(account, { values: { emailVerifiedAtMs: clock.nowMs() } }, also),

    async move(account, email, also) {
      const emailKey = comparisonKey(email);
      const wasName = comparisonKey(account.username) === comparisonKey(account.email);
      // A username with `@` is the account's own address, and no other.
      const name = wasName ? { username: email, usernameKey: emailKey } : {};
      const values = { email, emailKey, ...name, emailVerifiedAtMs: clock.nowMs() };
      return change(account, { values, ifEpoch: account.sessionEpoch }, also);
    },
  };
}

function changedOrNot(result: Changed): Account | undefined {
  if ("changed" in result) return result.changed;
  if ("taken" in result) throw new AppError(accountErrors.EMAIL_TAKEN);
  return undefined;
}
