import type { Contract } from "@latchkey/contracts/kit/procedure";
import type { Handler } from "./procedure.js";

/** Code for exactly the procedures of a contract. */
export interface Implementation<C extends Contract = Contract> {
  readonly contract: C;
  readonly handlers: Readonly<Record<string, (call: never) => Promise<unknown>>>;
}

type Handlers<C extends Contract, Caller> = { readonly [N in keyof C]: Handler<C[N], Caller> };

/** Pairs a contract with its code: a missing, extra or unfitting procedure does not compile. */
export function implement<Caller>() {
  return <const C extends Contract>(contract: C, handlers: Handlers<C, Caller>): Implementation<C> => ({
    contract,
    // Safe: `Handlers` has a function for each name; what it is called with, `compose` answers for.
    handlers: handlers as never,
  });
}
