import { eventKind, type Facts } from "../events/service.js";
import type { Account } from "./store.js";

/** Something that happened to an account; `account` is its state afterwards. */
interface OfAccount extends Facts {
  readonly account: Account;
}

export const accountCreated = eventKind<OfAccount>("account.created");
export const accountEdited = eventKind<OfAccount>("account.edited");
export const accountDisabled = eventKind<OfAccount>("account.disabled");
export const accountEnabled = eventKind<OfAccount>("account.enabled");
/** `account` is its state before the deletion. */
export const accountDeleted = eventKind<OfAccount>("account.deleted");
/** The address was confirmed as the owner's. */
export const addressConfirmed = eventKind<OfAccount>("address.confirmed");
/** Changed by the owner, with a link that was mailed to the new address. */
export const addressChanged = eventKind<Facts & { readonly before: Account; readonly after: Account }>(
  "address.changed",
);
