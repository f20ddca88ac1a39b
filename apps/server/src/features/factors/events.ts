import type { Account } from "../accounts/service.js";
import { eventKind, type Facts } from "../events/service.js";

/** The set of an account's second factors has changed; `account` is its state afterwards. */
export const factorsChanged = eventKind<
  Facts & {
    readonly account: Account;
    /** `reset`: all of them were removed by someone else than the owner. */
    readonly change: "added" | "removed" | "reset";
    /** Those that were added or removed. */
    readonly factors: ReadonlyArray<{ readonly kind: "totp" | "passkey"; readonly name: string }>;
  }
>("factors.changed");
