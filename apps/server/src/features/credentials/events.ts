import type { Account } from "../accounts/service.js";
import { eventKind, type Facts } from "../events/service.js";

/** The password was changed, by whomever; `account` is as it is then. */
export const passwordChanged = eventKind<Facts & { readonly account: Account }>("password.changed");
