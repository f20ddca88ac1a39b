import type { Account, AccountChange, NewAccount, Taken } from "./store.js";
import type { UserRecord } from "./user.js";

type NewRecord = Omit<UserRecord, "id">;

/** The defaults of a new account. */
const INITIAL = {
  disabled: false,
  disabledReason: null,
  role: "user",
  language: null,
  emailVerifiedAtMs: null,
  mustChangePassword: false,
} as const;

/** The complete record of a new account. */
export function newRecord(account: NewAccount): NewRecord {
  return { ...INITIAL, ...account, sessionEpoch: 0, updatedAtMs: account.createdAtMs };
}

/** Names that a user has or wants. */
type Keys = Partial<Pick<UserRecord, "emailKey" | "usernameKey">>;

/** Which of the wanted names belong to one of these other accounts; `undefined` if none does. */
export function takenBy(holders: readonly Keys[], { emailKey, usernameKey }: Keys): Taken | undefined {
  const email = emailKey !== undefined && holders.some((holder) => holder.emailKey === emailKey);
  const username = usernameKey !== undefined && holders.some((holder) => holder.usernameKey === usernameKey);
  return email || username ? { email, username } : undefined;
}

/** Whether an account still meets the conditions of a change. */
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
 * The account after a change. Disabling it or changing its role ends its sessions, because tokens state what
 * their bearer may do.
 */
export function changedAccount(before: Account, { values, atMs, endsSessions }: AccountChange): Account {
  const { emailKey: _emailKey, usernameKey: _usernameKey, ...shown } = values;
  const changed = { ...before, ...shown };
  const ends = endsSessions || values.disabled || changed.role !== before.role;
  return {
    ...changed,
    // Two changes never leave the same time, so that code that read the account between them can tell.
    updatedAtMs: Math.max(atMs, before.updatedAtMs + 1),
    sessionEpoch: before.sessionEpoch + (ends ? 1 : 0),
  };
}

/** Whether an account can administer others right now. */
export function isActingAdmin({ role, disabled }: Pick<Account, "role" | "disabled">): boolean {
  return role === "admin" && !disabled;
}

/**
 * Whether a change, or a deletion (`after` is absent), removes an administrator. Another one must then
 * remain. The engine looks for one within the change's own transaction, so that two changes at once cannot
 * remove the last two.
 */
export function takesAdmin(before: Account, after?: Account): boolean {
  return isActingAdmin(before) && (after === undefined || !isActingAdmin(after));
}

/** Longer texts are not kept in memory. */
const MAX_KEPT_TEXT = 1000;

/** Some texts have no length limit: those of a few thousand accounts could fill the memory. */
export function isSmall(account: Account | undefined): boolean {
  const texts = [account?.firstName, account?.lastName, account?.phoneNumber, account?.disabledReason];
  return texts.every((text) => (text?.length ?? 0) <= MAX_KEPT_TEXT);
}
