import type { Contract } from "@latchkey/contracts/kit/procedure";
import type { AnyHandler, Handler } from "./procedure.js";

/** Code for exactly the procedures of a contract. */
export interface Implementation<C extends Contract = Contract> {
  readonly contract: C;
  readonly handlers: Readonly<Record<string, AnyHandler>>;
}

type Handlers<C extends Contract, S> = { readonly [N in keyof C]: Handler<C[N], S> };

/**
 * Pairs a contract with its code: a missing, extra or mismatched procedure does not compile. `S` is the
 * principal of a session; code for other principals does not see its `session`.
 */
export function implement<S>() {
  return <const C extends Contract>(contract: C, handlers: Handlers<C, S>): Implementation<C> => ({
    contract,
    // Safe: `Handlers` has a function for each name, and `compose` guarantees its arguments.
    handlers: handlers as never,
  });
}
