import type { Log } from "../../world/log.js";
import { keysOf } from "./rules.js";
import type { AccountStore, Keyed, Keys } from "./store.js";

/**
 * The present form of keys: 1 compares domains in ASCII, 2 blanks as one. Raised whenever `keysOf` gives other
 * keys.
 */
const KEY_FORM = 2;
const PAGE = 500;

/** An account that keeps its old keys, because another account has the new ones. */
export interface KeyConflict {
  readonly uuid: string;
  readonly holder: string;
}

/** What became of the accounts whose keys had another form. */
export interface KeyRenewal {
  readonly renewed: number;
  readonly conflicts: readonly KeyConflict[];
}

/** Accounts whose keys have another form than the present one, in the order of insertion, page by page. */
async function* oldKeys(
  store: Pick<AccountStore, "listUnusual">,
): AsyncIterable<ReadonlyArray<{ readonly account: Keyed; readonly keys: Keys }>> {
  for (let afterId = 0; ; ) {
    const page = await store.listUnusual({ afterId, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page
      .map((account) => ({ account, keys: keysOf(account) }))
      .filter(({ account, keys }) => {
        return account.emailKey !== keys.emailKey || account.usernameKey !== keys.usernameKey;
      });
    afterId = last.id;
  }
}

/** How many accounts keep their old keys; `undefined` if the next start is going to renew the keys. */
export async function countOldKeys(
  store: Pick<AccountStore, "keyForm" | "listUnusual">,
): Promise<number | undefined> {
  if ((await store.keyForm()) !== KEY_FORM) return undefined;
  let count = 0;
  for await (const page of oldKeys(store)) count += page.length;
  return count;
}

/**
 * Renews the keys of all accounts. Each account is a step of its own that may be repeated, by any process: of
 * two accounts with one name the older gets the key.
 */
export async function renewKeys(store: AccountStore): Promise<KeyRenewal> {
  const conflicts: KeyConflict[] = [];
  let renewed = 0;
  for await (const page of oldKeys(store)) {
    // Started together, in order: they share a transaction.
    const holders = await Promise.all(page.map(({ account, keys }) => store.replaceKeys(account, keys)));
    for (const [i, holder] of holders.entries()) {
      const uuid = page[i]?.account.uuid;
      if (holder === undefined || uuid === undefined) renewed++;
      else conflicts.push({ uuid, holder: holder.uuid });
    }
  }
  return { renewed, conflicts };
}

/**
 * Renews the keys once for each form, at the start of a server or a command. What it could not do is logged,
 * and the next start tries again: until then accounts are found by their old keys.
 */
export async function renewOldKeys(store: AccountStore, log: Log): Promise<void> {
  if ((await store.keyForm()) === KEY_FORM) return;
  try {
    const { renewed, conflicts } = await renewKeys(store);
    if (!(await store.setKeyForm(KEY_FORM))) return;
    if (renewed > 0) log("info", "the keys of names were renewed", { count: renewed });
    for (const { uuid, holder } of conflicts.slice(0, MAX_LOGGED)) {
      log("warn", "an account has the same name as another one and keeps its old key", {
        subject: uuid,
        holder,
      });
    }
  } catch (error) {
    // The disk may be full, which must not keep the server from starting.
    log("warn", "the keys of names could not be renewed; the next start tries again", { error });
  }
}

/** `latchkey users duplicates` lists all of them. */
const MAX_LOGGED = 100;
