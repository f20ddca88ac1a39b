import { randomUUID } from "node:crypto";
import { accountErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { ChangeOf } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Limits, Origin, Quota } from "../limits/service.js";
import type { Notices, Visitor } from "../notices/service.js";
import { type ChangesByMail, createChangesByMail } from "./by-mail.js";
import { type AccountChanges, type ChangeDeps, createChanges, THE_OPERATOR } from "./changes.js";
import type { Account, AccountLanguage, NewAccount, Role, Taken } from "./store.js";

export type { AccountEdit } from "./changes.js";
export type { Account } from "./store.js";

/** What somebody registers with; the address is normalised already. */
export interface Registration {
  readonly email: string;
  /** The address serves where there is none; then only the address can be taken. */
  readonly username?: string | undefined;
  readonly password: string;
  /** No network may take all the places in which hashes wait, nor register without end; absent for the operator. */
  readonly from?: Pick<Origin, "network"> | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly phoneNumber?: string | undefined;
  readonly language?: AccountLanguage | undefined;
  /** `user` unless given. */
  readonly role?: Role | undefined;
  /** Nobody signs in with a temporary password: it only sets another. */
  readonly mustChangePassword?: boolean | undefined;
}

/** By what somebody is looked for: an address, a username, or either (a username with `@` is an address). */
export type LoginName = { readonly email: string } | { readonly name: string };

/** A password that somebody claims to be right, and from where. */
export interface Attempt {
  readonly password: string;
  readonly from: Origin & Visitor;
}

/** Somebody who may register: what is known of the account before it is inserted. */
export interface Newcomer
  extends Pick<Account, "uuid" | "username" | "role" | "sessionEpoch" | "emailVerifiedAtMs"> {
  readonly insertion: NewAccount;
  /** Whether the username was chosen, and is not just the address. */
  readonly hasChosenName: boolean;
}

/** Who exists, and who may be let in. */
export interface Accounts extends AccountChanges, ChangesByMail {
  /**
   * Hashes the password of somebody who may register. Raises `USERNAME_TAKEN`, `EMAIL_TAKEN` (the username is named
   * first), `PASSWORD_TOO_COMMON`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
   */
  prepare(registration: Registration): Promise<Newcomer>;
  /** Inserts who is prepared. Raises `USERNAME_TAKEN`, `EMAIL_TAKEN`, `UNAVAILABLE`. */
  add(newcomer: Newcomer, also?: ChangeOf<Account>): Promise<Account>;
  /** Both. */
  register(registration: Registration, also?: ChangeOf<Account>): Promise<Account>;
  /**
   * The account whose password this is. Raises `INVALID_CREDENTIALS`, `USER_DISABLED`, `PASSWORD_CHANGE_REQUIRED`,
   * `RATE_LIMITED`, `UNAVAILABLE`.
   */
  authenticate(name: LoginName, attempt: Attempt): Promise<Account>;
  /**
   * Sets a new password with the old one and ends all sessions. Resolves to the account as it is then.
   * Raises `USER_NOT_FOUND`, `WRONG_PASSWORD`, `USER_DISABLED`, `RATE_LIMITED`, `UNAVAILABLE`, and
   * `PASSWORD_CHANGE_REQUIRED` where a temporary password would stay.
   */
  changePassword(
    name: LoginName,
    attempt: Attempt,
    newPassword: string,
    also?: ChangeOf<Account>,
  ): Promise<Account>;
  /**
   * The same for an account that is known to be enabled. Raises `WRONG_PASSWORD`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  changePasswordOf(
    account: Account,
    attempt: Attempt,
    newPassword: string,
    also?: ChangeOf<Account>,
  ): Promise<Account>;
  /** Raises `WRONG_PASSWORD` where it is not the account's; `RATE_LIMITED`, `UNAVAILABLE`. */
  assertPassword(account: Account, attempt: Attempt): Promise<void>;
  find(name: LoginName): Promise<Account | undefined>;
  findByUuid(uuid: string): Promise<Account | undefined>;
}

export interface AccountDeps extends ChangeDeps {
  readonly limits: Limits;
  /** How often a network may register. */
  readonly registrations: Quota;
  readonly notices: Pick<Notices, "newDevice">;
}

export function createAccounts(deps: AccountDeps): Accounts {
  const { store, passwords, limits, registrations, notices, clock } = deps;

  const find = (name: LoginName) => {
    if ("email" in name) return store.findByEmailKey(comparisonKey(name.email));
    const key = comparisonKey(name.name);
    return key.includes("@") ? store.findByEmailKey(key) : store.findByUsernameKey(key);
  };

  /** Also for unknown users: equal work and equal limits, so that sign-in does not tell who exists. */
  const check = (account: Account | undefined, typed: string, { password, from }: Attempt) => {
    const compare = () => passwords.verify(account?.hashedPassword, password, from.network());
    return limits.guard({ subject: account?.uuid ?? comparisonKey(typed), from }, compare);
  };

  const assertPassword = async (account: Account, attempt: Attempt) => {
    const verdict = await check(account, account.email, attempt);
    if (!verdict.right) throw new AppError(accountErrors.WRONG_PASSWORD, { subject: account.uuid });
  };

  const changePasswordOf: Accounts["changePasswordOf"] = async (account, attempt, newPassword, also) => {
    await assertPassword(account, attempt);
    const subject = account.uuid;
    if (account.disabled) throw new AppError(accountErrors.USER_DISABLED, { subject });
    // An administrator knows it: it must not become the owner's.
    if (account.mustChangePassword && newPassword === attempt.password) {
      throw new AppError(accountErrors.PASSWORD_CHANGE_REQUIRED, { subject });
    }
    const to = await passwords.hash(newPassword, attempt.from.network());
    const atMs = clock.nowMs();
    const { hashedPassword: from, sessionEpoch: epoch } = account;
    const change = { from, to, epoch, atMs };
    const sessionEpoch = await store.changePassword(account.id, change, also?.(account));
    // Another change came first: the old password is no longer the account's, or the account was disabled.
    if (sessionEpoch === undefined) throw new AppError(accountErrors.WRONG_PASSWORD, { subject });
    return { ...account, hashedPassword: to, mustChangePassword: false, updatedAtMs: atMs, sessionEpoch };
  };

  const prepare: Accounts["prepare"] = async (registration) => {
    const { email, username = email, password, from, role = "user" } = registration;
    const { firstName = null, lastName = null, phoneNumber = null } = registration;
    const { language = null, mustChangePassword = false } = registration;
    const keys = { emailKey: comparisonKey(email), usernameKey: comparisonKey(username) };
    const hasChosenName = registration.username !== undefined;
    // Asked before the password is hashed, to spare the work; the insertion decides.
    const taken = await store.taken(keys);
    if (taken.username || taken.email) throw refusal(taken, hasChosenName);
    const network = from?.network() ?? THE_OPERATOR;
    const hash = () => passwords.hash(password, network);
    const hashedPassword = await (from === undefined ? hash() : limits.within(registrations, network, hash));
    const known = { uuid: randomUUID(), username, role };
    const createdAtMs = clock.nowMs();
    const profile = { firstName, lastName, phoneNumber, language };
    return {
      ...known,
      sessionEpoch: 0,
      emailVerifiedAtMs: null,
      insertion: { ...known, ...keys, email, hashedPassword, mustChangePassword, createdAtMs, ...profile },
      hasChosenName,
    };
  };

  const add: Accounts["add"] = async ({ insertion, hasChosenName }, also) => {
    const result = await store.insert(insertion, also);
    if ("inserted" in result) return result.inserted;
    throw refusal(result.taken, hasChosenName);
  };

  return {
    find,
    findByUuid: store.findByUuid,
    ...createChanges({ store, passwords, clock }),
    ...createChangesByMail({ store, passwords, clock }),

    prepare,
    add,
    register: async (registration, also) => add(await prepare(registration), also),

    async authenticate(name, attempt) {
      const account = await find(name);
      const verdict = await check(account, "email" in name ? name.email : name.name, attempt);
      const subject = account?.uuid;
      if (account === undefined || !verdict.right) {
        throw new AppError(accountErrors.INVALID_CREDENTIALS, { subject });
      }
      if (account.disabled) throw new AppError(accountErrors.USER_DISABLED, { subject });
      if (account.mustChangePassword) throw new AppError(accountErrors.PASSWORD_CHANGE_REQUIRED, { subject });
      if (verdict.isNewPlace) notices.newDevice(account, attempt.from);
      if (!verdict.outdated) return account;
      const to = await passwords.rehash(attempt.password, attempt.from.network());
      await store.renewHash(account.id, { from: account.hashedPassword, to });
      return account;
    },

    assertPassword,
    changePasswordOf,

    async changePassword(name, attempt, newPassword, also) {
      const account = await find(name);
      if (account === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
      return changePasswordOf(account, attempt, newPassword, also);
    },
  };
}

function refusal(taken: Taken, hasChosenName: boolean): AppError {
  return new AppError(
    taken.username && hasChosenName ? accountErrors.USERNAME_TAKEN : accountErrors.EMAIL_TAKEN,
  );
}
