import { accountErrors } from "@latchkey/contracts/errors/account";
import type { Cause } from "../../cause.js";
import { type Change, type ChangeOf, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Awaitable } from "../../world/awaitable.js";
import { type AccountChanges, type ChangeDeps, createChanges } from "./changes.js";
import { accountCreated } from "./events.js";
import { keysOf, lookupKeys, type Names } from "./rules.js";
import type { Account, AccountStore, NewAccount, Taken } from "./store.js";

export { type AccountEdit, type ChangeDeps, changedOrRaise } from "./changes.js";
export { describeAccount } from "./describe.js";
export { createEndings, type End, type Ending, type Endings } from "./endings.js";
export {
  accountCreated,
  accountDeleted,
  accountDisabled,
  accountEdited,
  accountEnabled,
  addressChanged,
  addressConfirmed,
} from "./events.js";
export { permissionsOf } from "./permissions.js";
export { isActingAdmin, keysOf, type Names } from "./rules.js";
export type { Account, AccountLanguage, BeforeAndAfter, NewAccount, Role } from "./store.js";
export type { UserRecord } from "./user.js";

/** How an account is looked up: by address, by username, or by either (a username with `@` is an address). */
export type LoginName = { readonly email: string } | { readonly name: string };

/** An account that is to be inserted: what is known of it before the insertion. */
export interface Newcomer
  extends Pick<Account, "uuid" | "username" | "role" | "sessionEpoch" | "emailVerifiedAtMs"> {
  readonly insertion: NewAccount;
  /** Whether the username was chosen, rather than copied from the address. */
  readonly hasChosenName: boolean;
}

/** Which accounts exist: identity only, neither passwords nor sessions. */
export interface Accounts extends AccountChanges {
  find(name: LoginName): Promise<Account | undefined>;
  findByUuid(uuid: string): Awaitable<Account | undefined>;
  /**
   * Raises `USERNAME_TAKEN` or `EMAIL_TAKEN` (the username is reported first) if a name belongs to another
   * account.
   */
  assertFree(names: Names): Promise<void>;
  /**
   * Inserts an account and, in the same commit, whatever depends on it. Raises `USERNAME_TAKEN`,
   * `EMAIL_TAKEN`, `UNAVAILABLE`.
   */
  add(newcomer: Newcomer, cause: Cause, also?: ChangeOf<Account>): Promise<Account>;
  /** Replaces a password's hash by another hash of the same password, unless it has been replaced since. */
  renewHash: AccountStore["renewHash"];
  endAllSessions: AccountStore["endAllSessions"];
  /** For a change that is only right as long as the account is there and its epoch is the same. */
  requiring: AccountStore["requiring"];
}

export function createAccounts(deps: ChangeDeps): Accounts {
  const { store, events } = deps;
  return {
    ...createChanges(deps),
    findByUuid: store.findByUuid,
    renewHash: store.renewHash,
    endAllSessions: store.endAllSessions,
    requiring: store.requiring,

    async find(name) {
      const isUsername = "name" in name && !name.name.includes("@");
      const findByKey = isUsername ? store.findByUsernameKey : store.findByEmailKey;
      for (const key of lookupKeys("email" in name ? name.email : name.name)) {
        const account = await findByKey(key);
        if (account !== undefined) return account;
      }
      return undefined;
    },

    async assertFree({ email, username }) {
      const taken = await store.taken(keysOf({ email, username }));
      if (taken.username || taken.email) throw refusal(taken, username !== undefined);
    },

    async add({ insertion, hasChosenName }, cause, also) {
      const told = (account: Account): Change =>
        together(also?.(account), events.of(cause, accountCreated, { subject: account.uuid, account }));
      const result = await store.insert(insertion, told);
      if ("inserted" in result) return result.inserted;
      throw refusal(result.taken, hasChosenName);
    },
  };
}

function refusal(taken: Taken, hasChosenName: boolean): AppError {
  return new AppError(
    taken.username && hasChosenName ? accountErrors.USERNAME_TAKEN : accountErrors.EMAIL_TAKEN,
  );
}
