import { accountErrors, changeErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Change } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Passwords } from "../credentials/service.js";
import type { Origin } from "../limits/service.js";
import type { Account, AccountChange, AccountLanguage, AccountStore, Changed, Role } from "./store.js";

/** What of an account is set anew; what is absent stays. Names are normalised already. */
export interface AccountEdit {
  readonly email?: string | undefined;
  readonly username?: string | undefined;
  readonly firstName?: string | null | undefined;
  readonly lastName?: string | null | undefined;
  readonly phoneNumber?: string | null | undefined;
  readonly language?: AccountLanguage | null | undefined;
  /** Another role ends all sessions: tokens say what their bearer may do. */
  readonly role?: Role | undefined;
  /** When the address was shown to be the user's. A new address was not, unless this says so. */
  readonly emailVerifiedAtMs?: number | null | undefined;
}

/**
 * What is done to accounts that exist. Each resolves to the account as it is then, and commits what is to be written with
 * the change.
 */
export interface AccountChanges {
  /**
   * Edits an account as it was read: raises `USER_CHANGED` where it is no longer that. A username that is the address
   * stays the address. Raises `USER_NOT_FOUND`, `USERNAME_TAKEN`, `EMAIL_TAKEN`, `FOREIGN_ADDRESS`, `LAST_ADMIN`,
   * `UNAVAILABLE` as well.
   */
  edit(account: Account, edit: AccountEdit, also?: Change): Promise<Account>;
  /**
   * Disabling ends all sessions; the reason is for administrators. Raises `USER_NOT_FOUND`, `LAST_ADMIN`,
   * `UNAVAILABLE`.
   */
  setDisabled(account: Account, disabled: boolean, how?: Disabling): Promise<Account>;
  /**
   * Sets a password without the old one and ends all sessions. Nobody signs in with a temporary one: it only sets
   * another. Raises `USER_NOT_FOUND`, `UNAVAILABLE`.
   */
  setPassword(account: Account, set: PasswordSet, also?: Change): Promise<Account>;
  /**
   * Deletes an account with its personal data and its sessions: its tokens are dead at once, for they name nobody.
   * What was revoked stays so. Raises `USER_NOT_FOUND`, `LAST_ADMIN`, `UNAVAILABLE`.
   */
  delete(uuid: string, also?: Change): Promise<void>;
}

export interface Disabling {
  readonly reason?: string | undefined;
  readonly also?: Change | undefined;
}

export interface PasswordSet {
  readonly password: string;
  readonly temporary: boolean;
  /** No network may take all the places in which hashes wait; absent for administrators and the operator. */
  readonly from?: Pick<Origin, "network">;
}

export interface ChangeDeps {
  readonly store: AccountStore;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

/** The operator waits for hashes like a network of their own. */
export const THE_OPERATOR = "the operator";

export function createChanges({ store, passwords, clock }: ChangeDeps): AccountChanges {
  const change = async (account: Account, what: Omit<AccountChange, "atMs">, also?: Change) =>
    accountOf(await store.change(account.id, { ...what, atMs: clock.nowMs() }, also));

  return {
    async edit(account, edit, also) {
      // Decided by the account as it was read: true only if it still is that.
      const what = { values: valuesOf(account, edit), ifUpdatedAtMs: account.updatedAtMs };
      return change(account, what, also);
    },
    setDisabled: (account, disabled, { reason = null, also } = {}) =>
      change(account, { values: { disabled, disabledReason: disabled ? reason : null } }, also),
    async setPassword(account, { password, temporary, from }, also) {
      const hashedPassword = await passwords.hash(password, from?.network() ?? THE_OPERATOR);
      const values = { hashedPassword, mustChangePassword: temporary };
      return change(account, { values, endsSessions: true }, also);
    },
    async delete(uuid, also) {
      const outcome = await store.delete(uuid, also);
      if (outcome === "gone") throw new AppError(accountErrors.USER_NOT_FOUND);
      if (outcome === "last admin") throw new AppError(changeErrors.LAST_ADMIN);
    },
  };
}

function valuesOf(account: Account, { email, username, ...edit }: AccountEdit): AccountChange["values"] {
  const address = email ?? account.email;
  const wasAddress = comparisonKey(account.username) === comparisonKey(account.email);
  const name = username ?? (wasAddress ? address : account.username);
  const [emailKey, usernameKey] = [comparisonKey(address), comparisonKey(name)];
  // Nobody can squat on another's address.
  if (usernameKey.includes("@") && usernameKey !== emailKey) throw new AppError(changeErrors.FOREIGN_ADDRESS);
  const verified = emailKey === comparisonKey(account.email) ? {} : { emailVerifiedAtMs: null };
  return { email: address, emailKey, username: name, usernameKey, ...verified, ...given(edit) };
}

/** Without what was not said: it must not take the place of what is there. */
function given(edit: Omit<AccountEdit, "email" | "username">): AccountChange["values"] {
  // Safe: what is left has the types that it had.
  return Object.fromEntries(
    Object.entries(edit).filter(([, value]) => value !== undefined),
  ) as AccountChange["values"];
}

function accountOf(result: Awaited<ReturnType<AccountStore["change"]>>): Account {
  if ("changed" in result) return result.changed;
  if ("taken" in result) {
    throw new AppError(result.taken.username ? accountErrors.USERNAME_TAKEN : accountErrors.EMAIL_TAKEN);
  }
  throw new AppError(REFUSALS[result.refused]);
}

const REFUSALS = {
  gone: accountErrors.USER_NOT_FOUND,
  "changed meanwhile": changeErrors.USER_CHANGED,
  "last admin": changeErrors.LAST_ADMIN,
} as const satisfies Record<Extract<Changed, { refused: string }>["refused"], object>;
