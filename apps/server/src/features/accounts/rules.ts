import type { Account, AccountChange, NewAccount, Taken } from "./store.js";
import type { UserRecord } from "./user.js";

type NewRecord = Omit<UserRecord, "id">;

/** What a new account is unless said otherwise. */
const INITIAL = {
  disabled: false,
  disabledReason: null,
  role: "user",
  language: null,
  emailVerifiedAtMs: null,
  mustChangePassword: false,
} as const;

/** All that is kept of a new account. */
export function newRecord(account: NewAccount): NewRecord {
  return { ...INITIAL, ...account, sessionEpoch: 0, updatedAtMs: account.createdAtMs };
}

/** Names that a user has, or is to have. */
type Keys = Partial<Pick<UserRecord, "emailKey" | "usernameKey">>;

/**
 * Which of the names that an account is to have belong to one of these others; `undefined` where none does.
 */
export function takenBy(holders: readonly Keys[], { emailKey, usernameKey }: Keys): Taken | undefined {
  const email = emailKey !== undefined && holders.some((holder) => holder.emailKey === emailKey);
  const username = usernameKey !== undefined && holders.some((holder) => holder.usernameKey === usernameKey);
  return email || username ? { email, username } : undefined;
}

/** Whether an account still is what a change demands of it. */
export function meetsConditions(
  { updatedAtMs, sessionEpoch, email, hashedPassword, disabled }: Account,
  change: Omit<AccountChange, "values" | "atMs">,
): boolean {
  const { ifUpdatedAtMs = updatedAtMs, ifEpoch = sessionEpoch, ifEmail = email } = change;
  const { ifHash = hashedPassword, ifEnabled = false } = change;
  return (
    ifUpdatedAtMs === updatedAtMs &&
    ifEpoch === sessionEpoch &&
    ifEmail === email &&
    ifHash === hashedPassword &&
    !(ifEnabled && disabled)
  );
}

/**
 * The account as a change leaves it. Disabling it and another role end its sessions: tokens say what their
 * bearer may do.
 */
export function changedAccount(before: Account, { values, atMs, endsSessions }: AccountChange): Account {
  const { emailKey: _emailKey, usernameKey: _usernameKey, ...shown } = values;
  const changed = { ...before, ...shown };
  const ends = endsSessions || values.disabled || changed.role !== before.role;
  return {
    ...changed,
    // Two changes never leave the same time: who read the account before one of them can tell.
    updatedAtMs: Math.max(atMs, before.updatedAtMs + 1),
    sessionEpoch: before.sessionEpoch + (ends ? 1 : 0),
  };
}

/** Whether an account can administer others at the moment. */
export function isActingAdmin({ role, disabled }: Pick<Account, "role" | "disabled">): boolean {
  return role === "admin" && !disabled;
}

/**
 * Whether a change, or a deletion (`after` is absent), takes away an administrator. Then another one must
 * remain. The engine looks for one within the change's own transaction, so that two changes at once cannot
 * take away the last two.
 */
export function takesAdmin(before: Account, after?: Account): boolean {
  return isActingAdmin(before) && (after === undefined || !isActingAdmin(after));
}
