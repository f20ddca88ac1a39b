import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Clock } from "../../../world/clock.js";
import type { Accounts } from "../../accounts/service.js";
import { addressedTo, decider, type LinkTo } from "../../mail/service.js";
import { newCode, writtenFor } from "./hashes.js";
import { signInCodeLetter } from "./letters.js";
import { CODE_MS, spaced } from "./rules.js";
import type { CodeStore } from "./store.js";

interface Deps {
  readonly accounts: Pick<Accounts, "find">;
  readonly store: Pick<CodeStore, "waiting" | "write">;
  readonly linkTo: LinkTo;
  readonly clock: Clock;
}

/** How many tickets of an address one mail serves. Others may ask for its codes as well. */
const MOST_WAITING = 100;
const MINUTES = String(CODE_MS / 60_000);

/**
 * Writes one code to the owner of an address for which codes were asked; writes nothing if there is no account. It
 * counts for every ticket that waits for one: a stranger who asks at the same time gets a ticket, but not the mail,
 * and must not take the owner's code away.
 */
export function signInCodeDecider({ accounts, store, linkTo, clock }: Deps) {
  return decider(signInCodeLetter, async (typed, language) => {
    const account = await accounts.find({ email: typed });
    if (account === undefined || account.disabled) return undefined;
    const bounds = { nowMs: clock.nowMs(), limit: MOST_WAITING };
    const waiting = await store.waiting(comparisonKey(typed), bounds);
    const [latest] = waiting;
    if (latest === undefined) return undefined;
    return async () => {
      const code = newCode();
      const owner = {
        userId: account.id,
        epoch: account.sessionEpoch,
        addressKey: comparisonKey(account.email),
      };
      await store.write(
        owner,
        waiting.map(({ ticketHash }) => writtenFor(ticketHash, code)),
      );
      const values = { code: spaced(code.code), link: linkTo("sign-in", code.secret), minutes: MINUTES };
      return { ...addressedTo(account, language), values, expiresAtMs: latest.expiresAtMs };
    };
  });
}
