import type { Account } from "../accounts/service.js";
import { eventKind, type Facts } from "../events/service.js";

/** The password was changed, by its owner or by someone else; `account` is its state afterwards. */
export const passwordChanged = eventKind<Facts & { readonly account: Account }>("password.changed");
