import { accountErrors, changeErrors } from "@latchkey/contracts/errors/account";
import type { Cause } from "../../cause.js";
import { type Change, type ChangeOf, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { EventKind, Events, Facts } from "../events/service.js";
import type { End, Ending, Endings } from "./endings.js";
import {
  accountDeleted,
  accountDisabled,
  accountEdited,
  accountEnabled,
  addressChanged,
  addressConfirmed,
} from "./events.js";
import type {
  Account,
  AccountChange,
  AccountLanguage,
  AccountStore,
  BeforeAndAfter,
  Changed,
  Role,
} from "./store.js";

/**
 * The fields of an account that can be edited. Absent fields stay as they are. Names are normalised already.
 */
export interface AccountEdit {
  readonly email?: string | undefined;
  readonly username?: string | undefined;
  readonly firstName?: string | null | undefined;
  readonly lastName?: string | null | undefined;
  readonly phoneNumber?: string | null | undefined;
  readonly language?: AccountLanguage | null | undefined;
  /** A new role ends all sessions, because tokens state what their bearer may do. */
  readonly role?: Role | undefined;
  /**
   * When the address was confirmed as the user's. A new address counts as unconfirmed unless this says
   * otherwise.
   */
  readonly emailVerifiedAtMs?: number | null | undefined;
}

/** Changes to existing accounts. Each resolves to the account after the change. */
export interface AccountChanges {
  /**
   * Changes an account, or says why it was not changed. THE one place where an account's epoch is raised
   * while a server runs: everything that depends on the epoch ends in the same commit.
   */
  change(
    account: Pick<Account, "id">,
    change: Omit<AccountChange, "atMs">,
    also: ChangeOf<BeforeAndAfter>,
    end: Pick<End, "cause" | "keepSession">,
  ): Promise<Changed>;
  /**
   * Edits an account, given as it was read, and commits what depends on the edit with it. A username that
   * equals the address follows it. Raises `USER_CHANGED` if the account has changed since it was read,
   * `USER_NOT_FOUND`, `USERNAME_TAKEN`, `EMAIL_TAKEN`, `FOREIGN_ADDRESS`, `LAST_ADMIN`, `UNAVAILABLE`.
   */
  edit(account: Account, edit: AccountEdit, cause: Cause, also?: ChangeOf<BeforeAndAfter>): Promise<Account>;
  /**
   * The same by the account's owner, who decides on each field alone: `USER_CHANGED` is raised only if another
   * change has given one of these fields another value since the account was read.
   */
  editOwn(account: Account, edit: AccountEdit, cause: Cause): Promise<Account>;
  /**
   * Ends all sessions; the reason is for administrators. Raises `USER_NOT_FOUND`, `LAST_ADMIN`,
   * `UNAVAILABLE`.
   */
  disable(account: Account, reason: string | undefined, cause: Cause): Promise<Account>;
  /** Raises `USER_NOT_FOUND`, `UNAVAILABLE`. */
  enable(account: Account, cause: Cause): Promise<Account>;
  /**
   * Records that the address was confirmed as its owner's, and uses up the link that confirmed it.
   * `undefined` if the account has another address by now.
   */
  confirmAddress(account: Account, usesUp: Change, cause: Cause): Promise<Account | undefined>;
  /**
   * Sets another address, which was confirmed as the owner's, and uses up the link that confirmed it.
   * `undefined` if what the link depends on has changed since the account was read. Raises `EMAIL_TAKEN`.
   */
  move(
    account: Account,
    to: { readonly email: string; readonly usesUp: Change },
    cause: Cause,
  ): Promise<Account | undefined>;
  /**
   * Deletes an account with its personal data and its sessions. Its tokens are dead at once, because their
   * account no longer exists. What was revoked stays revoked. Raises `USER_NOT_FOUND`, `LAST_ADMIN`,
   * `UNAVAILABLE`.
   */
  delete(uuid: string, cause: Cause): Promise<void>;
}

export interface ChangeDeps {
  readonly store: AccountStore;
  readonly events: Pick<Events, "of">;
  readonly endings: Pick<Endings, "of">;
  readonly clock: Clock;
}

export function createChanges({ store, events, endings, clock }: ChangeDeps): AccountChanges {
  const change: AccountChanges["change"] = async ({ id }, what, also, end) => {
    const atMs = clock.nowMs();
    let ending: Ending | undefined;
    const result = await store.change(id, { ...what, atMs }, (transition) => {
      const { before, after } = transition;
      const because = "account changed" as const;
      ending =
        after.sessionEpoch === before.sessionEpoch ? undefined : endings.of(after, { ...end, because, atMs });
      return together(also(transition), ending?.change);
    });
    await ending?.settle();
    return result;
  };
  const telling =
    (cause: Cause, kind: EventKind<Facts & { readonly account: Account }>): ChangeOf<BeforeAndAfter> =>
    ({ after }) =>
      events.of(cause, kind, { subject: after.uuid, account: after });

  const edited = ({ email, username, ...others }: AccountEdit) => ({
    values: given(others),
    names: { email, username },
  });

  return {
    change,

    async edit(account, edit, cause, also) {
      // Its author decided on the account as it was read.
      const what = { ...edited(edit), ifUpdatedAtMs: account.updatedAtMs };
      const told = telling(cause, accountEdited);
      const all = (transition: BeforeAndAfter) => together(also?.(transition), told(transition));
      return changedOrRaise(await change(account, what, all, { cause }));
    },

    async editOwn(account, edit, cause) {
      const what = { ...edited(edit), ifSameFieldsAs: account };
      return changedOrRaise(await change(account, what, telling(cause, accountEdited), { cause }));
    },

    disable: async (account, reason, cause) =>
      changedOrRaise(
        await change(
          account,
          { values: { disabled: true, disabledReason: reason ?? null } },
          telling(cause, accountDisabled),
          { cause },
        ),
      ),

    enable: async (account, cause) =>
      changedOrRaise(
        await change(
          account,
          { values: { disabled: false, disabledReason: null } },
          telling(cause, accountEnabled),
          { cause },
        ),
      ),

    async confirmAddress(account, usesUp, cause) {
      const what = { values: { emailVerifiedAtMs: clock.nowMs() }, ifEmail: account.email };
      const told = telling(cause, addressConfirmed);
      const also = (confirmed: BeforeAndAfter) => together(usesUp, told(confirmed));
      return changedOrAbsent(await change(account, what, also, { cause }));
    },

    async move(account, { email, usesUp }, cause) {
      const values = { emailVerifiedAtMs: clock.nowMs() };
      const { sessionEpoch: ifEpoch, email: ifEmail } = account;
      const what = { values, names: { email }, ifEpoch, ifEmail };
      const also = ({ before, after }: BeforeAndAfter) =>
        together(usesUp, events.of(cause, addressChanged, { subject: after.uuid, before, after }));
      return changedOrAbsent(await change(account, what, also, { cause }));
    },

    async delete(uuid, cause) {
      const atMs = clock.nowMs();
      let ending: Ending | undefined;
      const outcome = await store.delete(uuid, (account) => {
        ending = endings.of(account, { because: "account deleted", cause, atMs });
        return together(ending.change, events.of(cause, accountDeleted, { subject: uuid, account }));
      });
      if (outcome === "gone") throw new AppError(accountErrors.USER_NOT_FOUND);
      if (outcome === "last admin") throw new AppError(changeErrors.LAST_ADMIN);
      await ending?.settle();
    },
  };
}

/** Drops the fields that were not given, so that they do not overwrite existing values. */
function given(edit: Omit<AccountEdit, "email" | "username">): AccountChange["values"] {
  // Safe: the remaining fields keep their types.
  return Object.fromEntries(
    Object.entries(edit).filter(([, value]) => value !== undefined),
  ) as AccountChange["values"];
}

/** The account after a change; raises the error for the caller if there was none. */
export function changedOrRaise(result: Changed): Account {
  if ("changed" in result) return result.changed;
  if ("taken" in result) {
    throw new AppError(result.taken.username ? accountErrors.USERNAME_TAKEN : accountErrors.EMAIL_TAKEN);
  }
  throw new AppError(REFUSALS[result.refused]);
}

function changedOrAbsent(result: Changed): Account | undefined {
  if ("changed" in result) return result.changed;
  if ("taken" in result) throw new AppError(accountErrors.EMAIL_TAKEN);
  return undefined;
}

const REFUSALS = {
  gone: accountErrors.USER_NOT_FOUND,
  "changed meanwhile": changeErrors.USER_CHANGED,
  "last admin": changeErrors.LAST_ADMIN,
  "foreign address": changeErrors.FOREIGN_ADDRESS,
} as const satisfies Record<Extract<Changed, { refused: string }>["refused"], object>;
