import { accountErrors, changeErrors } from "@latchkey/contracts/errors/account";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Cause } from "../../cause.js";
import { NO_CHANGE } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Account, AccountEdit, Accounts } from "../accounts/service.js";
import type { Credentials } from "../credentials/service.js";
import type { RecoveryCodes } from "../factors/recovery-codes/service.js";
import type { Factors, KeptFactor } from "../factors/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import type { Registration, Registrations } from "../registration/service.js";
import type { Session, Sessions } from "../sessions/service.js";
import { cutPage } from "./rules.js";
import type { UserDirectory, UserPage, UserSearch } from "./store.js";
import { makeTemporaryPassword } from "./temporary-password.js";

export type { Position, User, UserPage, UserSearch } from "./store.js";

/** A user to be created; without a password, or with a temporary one, the owner must set another. */
export type NewUser = Omit<Registration, "password" | "mustChangePassword"> & {
  readonly password?: string | undefined;
};

/** An account, and its temporary password if the server made it: it is shown only this once. */
export interface WithPassword {
  readonly account: Account;
  readonly made: string | undefined;
}

/**
 * Manages other users' accounts, each named by its uuid. Every method that names one raises `USER_NOT_FOUND`,
 * and every method `UNAVAILABLE`; a change that would remove the last enabled administrator raises
 * `LAST_ADMIN`. The cause's actor is the one who acts.
 */
export interface UserAdministration {
  search(search: UserSearch): Promise<UserPage>;
  get(id: string): Promise<Account>;
  /** With a temporary password. Raises `USERNAME_TAKEN`, `EMAIL_TAKEN`. */
  create(user: NewUser, cause: Cause): Promise<WithPassword>;
  /**
   * A new role ends all sessions; a new address ends the links that were mailed before. Raises `USER_CHANGED`
   * (also if the account's `updatedAtMs` differs), `USERNAME_TAKEN`, `EMAIL_TAKEN`, `FOREIGN_ADDRESS`, and
   * `OWN_ACCOUNT` for one's own role.
   */
  update(id: string, edit: AccountEdit, cause: Cause, ifUpdatedAtMs?: number): Promise<Account>;
  /** Ends all sessions. Raises `OWN_ACCOUNT`. */
  disable(id: string, reason: string | undefined, cause: Cause): Promise<Account>;
  enable(id: string, cause: Cause): Promise<Account>;
  /** Ends all sessions. The server makes the password if none is given. Raises `OWN_ACCOUNT`. */
  setTemporaryPassword(id: string, password: string | undefined, cause: Cause): Promise<WithPassword>;
  /** Ends all sessions. Sets a permanent password: for the operator, who may know it. */
  setPassword(id: string, password: string, cause: Cause): Promise<Account>;
  factorsOf(
    id: string,
  ): Promise<{ readonly factors: readonly KeptFactor[]; readonly recoveryCodesLeft: number }>;
  /**
   * Removes all second factors and the recovery codes. Resolves to how many factors there were. Raises
   * `OWN_ACCOUNT`, `USER_CHANGED`.
   */
  resetFactors(id: string, cause: Cause): Promise<number>;
  sessionsOf(id: string): Promise<readonly Session[]>;
  /** Raises `SESSION_NOT_FOUND`. */
  endSession(id: string, sessionId: string, cause: Cause): Promise<void>;
  /** Resolves to how many. */
  endSessions(id: string, cause: Cause): Promise<number>;
  /** Raises `OWN_ACCOUNT`. */
  delete(id: string, cause: Cause): Promise<void>;
}

export interface UserAdministrationDeps {
  readonly directory: UserDirectory;
  readonly accounts: Pick<Accounts, "findByUuid" | "edit" | "disable" | "enable" | "delete">;
  readonly credentials: Pick<Credentials, "set">;
  readonly registrations: Pick<Registrations, "create">;
  readonly sessions: Pick<Sessions, "listOf" | "endOf" | "endAll">;
  readonly factors: Pick<Factors, "listOf" | "reset">;
  readonly recoveryCodes: Pick<RecoveryCodes, "countOf">;
  readonly links: Pick<MailedLinks, "ending">;
}

/** A hundred times what a page of ordinary users takes: names can be as long as a body. */
const PAGE_BYTES = 256 * 1024;

export function createUserAdministration(deps: UserAdministrationDeps): UserAdministration {
  const { directory, accounts, credentials, registrations, sessions, factors, recoveryCodes, links } = deps;
  const get = async (id: string) => {
    const account = await accounts.findByUuid(id);
    if (account === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
    return account;
  };

  return {
    async search({ prefix, ...search }) {
      const key = prefix === undefined ? undefined : comparisonKey(prefix);
      return cutPage(await directory.search({ ...search, prefix: key }), PAGE_BYTES);
    },
    get,

    async create({ password, ...user }, cause) {
      const made = password === undefined ? makeTemporaryPassword() : undefined;
      const registration = { ...user, password: password ?? made ?? "", mustChangePassword: true };
      return { account: await registrations.create(registration, cause), made };
    },

    async update(id, edit, cause, ifUpdatedAtMs) {
      const account = await get(id);
      if (ifUpdatedAtMs !== undefined && ifUpdatedAtMs !== account.updatedAtMs) {
        throw new AppError(changeErrors.USER_CHANGED);
      }
      if (edit.role !== undefined && edit.role !== account.role) refuseOwn(id, cause);
      // Also ends a link to a third address: the user who asked for it must not be able to undo this change.
      return accounts.edit(account, edit, cause, ({ before, after }) =>
        after.email === before.email ? NO_CHANGE : links.ending(after),
      );
    },

    async disable(id, reason, cause) {
      refuseOwn(id, cause);
      return accounts.disable(await get(id), reason, cause);
    },

    enable: async (id, cause) => accounts.enable(await get(id), cause),

    async setTemporaryPassword(id, given, cause) {
      refuseOwn(id, cause);
      const made = given === undefined ? makeTemporaryPassword() : undefined;
      const set = { password: given ?? made ?? "", temporary: true };
      return { account: await credentials.set(await get(id), set, cause), made };
    },

    async setPassword(id, password, cause) {
      refuseOwn(id, cause);
      return credentials.set(await get(id), { password, temporary: false }, cause);
    },

    async factorsOf(id) {
      const account = await get(id);
      const [kept, recoveryCodesLeft] = await Promise.all([
        factors.listOf(account),
        recoveryCodes.countOf(account),
      ]);
      return { factors: kept, recoveryCodesLeft };
    },

    async resetFactors(id, cause) {
      refuseOwn(id, cause);
      return factors.reset(await get(id), cause);
    },

    sessionsOf: async (id) => sessions.listOf(await get(id)),
    endSession: async (id, sessionId, cause) => sessions.endOf(await get(id), sessionId, cause),
    endSessions: async (id, cause) => sessions.endAll(await get(id), cause),

    async delete(id, cause) {
      refuseOwn(id, cause);
      await accounts.delete(id, cause);
    },
  };
}

/**
 * Administrators cannot lock themselves out by accident: they cannot disable, demote or delete their own
 * account.
 */
function refuseOwn(id: string, { actor }: Cause): void {
  if (actor === id) throw new AppError(changeErrors.OWN_ACCOUNT);
}
