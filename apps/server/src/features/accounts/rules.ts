import { comparisonKey, foldedText } from "@latchkey/contracts/fields/email";
import type { Account, AccountChange, Keys, NewAccount, NewNames, Taken } from "./store.js";
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
  return { ...INITIAL, ...account, sessionEpoch: 0, factorGeneration: 0, updatedAtMs: account.createdAtMs };
}

/** The names of an account. */
export interface Names {
  readonly email: string;
  /** If there is none, the address is used; then only the address can be taken. */
  readonly username?: string | undefined;
}

/** The keys by which names are compared. */
export function keysOf({ email, username = email }: Names): Keys {
  return { emailKey: comparisonKey(email), usernameKey: comparisonKey(username) };
}

/**
 * The keys under which the account of a name may be found. Accounts from before the present form of keys keep
 * their old key if another account has the new one, and are found by the name as it is written.
 */
export function lookupKeys(name: string): readonly string[] {
  const [own, present] = [foldedText(name), comparisonKey(name)];
  return own === present ? [present] : [own, present];
}

/** Which of the wanted names belong to one of these other accounts; `undefined` if none does. */
export function takenBy(
  holders: ReadonlyArray<Partial<Keys>>,
  { emailKey, usernameKey }: Partial<Keys>,
): Taken | undefined {
  const email = emailKey !== undefined && holders.some((holder) => holder.emailKey === emailKey);
  const username = usernameKey !== undefined && holders.some((holder) => holder.usernameKey === usernameKey);
  return email || username ? { email, username } : undefined;
}

/** Whether an account still meets the conditions of a change. */
export function meetsConditions(account: Account, change: Conditions): boolean {
  const { updatedAtMs, sessionEpoch, factorGeneration, email, hashedPassword, disabled } = account;
  const { ifUpdatedAtMs = updatedAtMs, ifEpoch = sessionEpoch, ifEmail = email } = change;
  const { ifHash = hashedPassword, ifEnabled = false, factors } = change;
  return (
    ifUpdatedAtMs === updatedAtMs &&
    ifEpoch === sessionEpoch &&
    ifEmail === email &&
    ifHash === hashedPassword &&
    (factors?.ifGeneration ?? factorGeneration) === factorGeneration &&
    !(ifEnabled && disabled) &&
    !isContested(account, change)
  );
}

type Conditions = Omit<AccountChange, "atMs" | "values"> & Partial<Pick<AccountChange, "values">>;

/** Whether another change has set a field that this one sets, too, to something else. */
function isContested(now: Account, { ifSameFieldsAs: read, values, names }: Conditions): boolean {
  if (read === undefined) return false;
  const wanted: { readonly [Field in keyof Account]?: unknown } = { ...values, ...names };
  // Safe: only an account's fields are set.
  const fields = Object.keys(wanted) as ReadonlyArray<keyof Account>;
  return fields.some(
    (field) => wanted[field] !== undefined && now[field] !== read[field] && now[field] !== wanted[field],
  );
}

/** The values that a change sets in an account's row, those of its names included. */
export type RowValues = Partial<Omit<NewAccount, "uuid" | "createdAtMs">>;

/** What a change sets in an account as it is now; `undefined` if its username would be another's address. */
export function rowValues(
  before: Account,
  { names, values }: Pick<AccountChange, "names" | "values">,
): RowValues | undefined {
  if (names === undefined) return values;
  const named = namesAfter(before, names);
  return named && { ...named, ...values };
}

/** Only new names get new keys, and only a new address counts as unconfirmed. */
function namesAfter(before: Account, names: NewNames): RowValues | undefined {
  const own = keysOf(before);
  const email = names.email ?? before.email;
  // A username with `@` is the account's address, which it follows.
  const follows = own.usernameKey.includes("@") && email !== before.email;
  const username = names.username ?? (follows ? email : before.username);
  if (email === before.email && username === before.username) return {};
  const { emailKey, usernameKey } = keysOf({ email, username });
  // A user cannot take another user's address as a username.
  if (usernameKey.includes("@") && usernameKey !== emailKey) return undefined;
  return {
    ...(email !== before.email && { email, emailKey }),
    ...(username !== before.username && { username, usernameKey }),
    ...(emailKey !== own.emailKey && { emailVerifiedAtMs: null }),
  };
}

/**
 * The account after a change of these values. Disabling it or changing its role ends its sessions, because
 * tokens state what their bearer may do.
 */
export function changedAccount(
  before: Account,
  values: RowValues,
  { atMs, endsSessions, factors }: Pick<AccountChange, "atMs" | "endsSessions" | "factors">,
): Account {
  const { emailKey: _emailKey, usernameKey: _usernameKey, ...shown } = values;
  const changed = { ...before, ...shown };
  const ends = endsSessions || values.disabled || changed.role !== before.role;
  return {
    ...changed,
    // Two changes never leave the same time, so that code that read the account between them can tell.
    updatedAtMs: Math.max(atMs, before.updatedAtMs + 1),
    sessionEpoch: before.sessionEpoch + (ends ? 1 : 0),
    factorGeneration: factors === undefined ? before.factorGeneration : nextGeneration(before, factors, atMs),
  };
}

/**
 * A generation that the account never had before: what was issued under an earlier one stays invalid, even if all
 * factors were removed in between, because the clock has gone on since. 0 if no factor is left.
 */
function nextGeneration(
  { factorGeneration }: Account,
  { remain }: NonNullable<AccountChange["factors"]>,
  atMs: number,
): number {
  return remain ? Math.max(atMs, factorGeneration + 1) : 0;
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
