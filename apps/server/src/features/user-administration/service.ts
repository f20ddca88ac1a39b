import { accountErrors, changeErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Change, ChangeOf } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Account, AccountEdit, Accounts, Registration } from "../accounts/service.js";
import type { Secrets } from "../mailed-links/service.js";
import type { Session, Sessions } from "../sessions/service.js";
import type { UserDirectory, UserPage, UserSearch } from "./store.js";
import { makeTemporaryPassword } from "./temporary-password.js";

export type { Position, User, UserPage, UserSearch } from "./store.js";

/** Whose account it is about, and who is at it. */
export interface Target {
  /** The uuid. */
  readonly id: string;
  /** The administrator; absent for the operator of this machine, who has no account. */
  readonly by?: Account;
  /** What is committed with the change. */
  readonly also?: Change;
}

/** A user to be created; without a password, or with a temporary one, the owner must set another. */
export type NewUser = Omit<Registration, "password" | "from" | "mustChangePassword"> & {
  readonly password?: string | undefined;
};

/** An account, and its temporary password where it was made here: it is told this once. */
export interface WithPassword {
  readonly account: Account;
  readonly made: string | undefined;
}

/**
 * Looks after other people's accounts. All that names an account raises `USER_NOT_FOUND`, and everything `UNAVAILABLE`;
 * what would take the last enabled administrator away raises `LAST_ADMIN`.
 */
export interface AdminUsers {
  search(search: UserSearch): Promise<UserPage>;
  get(id: string): Promise<Account>;
  /** With a temporary password. Raises `USERNAME_TAKEN`, `EMAIL_TAKEN`. */
  create(user: NewUser, also?: ChangeOf<Account>): Promise<WithPassword>;
  /**
   * Another role ends all sessions, another address what was mailed before. Raises `USER_CHANGED` (also where the account's `updatedAtMs` is another),
   * `USERNAME_TAKEN`, `EMAIL_TAKEN`, `FOREIGN_ADDRESS`, and `OWN_ACCOUNT` for one's own role.
   */
  update(target: Target, edit: AccountEdit, ifUpdatedAtMs?: number): Promise<Account>;
  /** Ends all sessions. Raises `OWN_ACCOUNT`. */
  disable(target: Target, reason?: string): Promise<Account>;
  enable(target: Target): Promise<Account>;
  /** Ends all sessions. The server makes the password where none is given. Raises `OWN_ACCOUNT`. */
  setTemporaryPassword(target: Target, password?: string): Promise<WithPassword>;
  /** Ends all sessions. Sets a password that stays: for the operator, who may know it. */
  setPassword(target: Target, password: string): Promise<Account>;
  sessionsOf(id: string): Promise<readonly Session[]>;
  /** Raises `SESSION_NOT_FOUND`. */
  endSession(target: Target, sessionId: string): Promise<void>;
  /** Resolves to how many. */
  endSessions(id: string, also?: ChangeOf<number>): Promise<number>;
  /** Raises `OWN_ACCOUNT`. */
  delete(target: Target): Promise<void>;
}

export interface AdminUserDeps {
  readonly directory: UserDirectory;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly secrets: Pick<Secrets, "end">;
}

export function createAdminUsers({ directory, accounts, sessions, secrets }: AdminUserDeps): AdminUsers {
  const get = async (id: string) => {
    const account = await accounts.findByUuid(id);
    if (account === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
    return account;
  };
  /** The sessions are dead since the account's epoch rose: this puts them on the blacklist as well. */
  const blacklisted = async (account: Account) => {
    await sessions.endEarlier(account);
    return account;
  };

  return {
    search: ({ prefix, ...search }) =>
      directory.search({ ...search, prefix: prefix === undefined ? undefined : comparisonKey(prefix) }),
    get,

    async create({ password, ...user }, also) {
      const made = password === undefined ? makeTemporaryPassword() : undefined;
      const registration = { ...user, password: password ?? made ?? "", mustChangePassword: true };
      return { account: await accounts.register(registration, also), made };
    },

    async update({ id, by, also }, edit, ifUpdatedAtMs) {
      const account = await get(id);
      if (ifUpdatedAtMs !== undefined && ifUpdatedAtMs !== account.updatedAtMs) {
        throw new AppError(changeErrors.USER_CHANGED);
      }
      if (edit.role !== undefined && edit.role !== account.role) refuseOwn(id, by);
      const edited = await accounts.edit(account, edit, also);
      // Also a link to a third address: whoever asked for it must not undo this.
      if (edited.email !== account.email) await secrets.end(edited);
      return edited.role === account.role ? edited : blacklisted(edited);
    },

    async disable({ id, by, also }, reason) {
      refuseOwn(id, by);
      return blacklisted(await accounts.setDisabled(await get(id), true, { reason, also }));
    },

    enable: async ({ id, also }) => accounts.setDisabled(await get(id), false, { also }),

    async setTemporaryPassword({ id, by, also }, given) {
      refuseOwn(id, by);
      const made = given === undefined ? makeTemporaryPassword() : undefined;
      const set = { password: given ?? made ?? "", temporary: true };
      return { account: await blacklisted(await accounts.setPassword(await get(id), set, also)), made };
    },

    async setPassword({ id, by, also }, password) {
      refuseOwn(id, by);
      return blacklisted(await accounts.setPassword(await get(id), { password, temporary: false }, also));
    },

    sessionsOf: async (id) => sessions.listOf(await get(id)),
    endSession: async ({ id, also }, sessionId) => sessions.endOf(await get(id), sessionId, also),
    endSessions: async (id, also) => sessions.endAll(await get(id), undefined, also),

    async delete({ id, by, also }) {
      refuseOwn(id, by);
      await accounts.delete(id, also);
    },
  };
}

/** An administrator locks nobody out of their own account by accident: not disabled, not demoted, not deleted. */
function refuseOwn(id: string, by: Account | undefined): void {
  if (by?.uuid === id) throw new AppError(changeErrors.OWN_ACCOUNT);
}
