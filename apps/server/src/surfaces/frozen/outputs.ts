import { steadyOutput } from "@latchkey/contracts/kit/steady";
import type { Account } from "../../features/accounts/service.js";

/**
 * What is answered about an account, made once for each row that is kept of it: to make and render it takes as long
 * as the rest of a call's own code.
 */
export function rememberOutputs<T extends object>(outputOf: (account: Account) => T) {
  const made = new WeakMap<Account, Readonly<T>>();
  return (account: Account): Readonly<T> => {
    const known = made.get(account);
    if (known !== undefined) return known;
    const output = steadyOutput(outputOf(account));
    made.set(account, output);
    return output;
  };
}
