import { comparisonKey, foldedText } from "@latchkey/contracts/fields/email";
import type { Keys } from "./store.js";

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
