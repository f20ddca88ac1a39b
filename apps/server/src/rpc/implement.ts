import type { Contract } from "@latchkey/contracts/kit/procedure";
import type { AnyHandler, Handler } from "./procedure.js";

/** Code for exactly the procedures of a contract. */
export interface Implementation<C extends Contract = Contract> {
  readonly contract: C;
  readonly handlers: Readonly<Record<string, AnyHandler>>;
}

type Handlers<C extends Contract, S, E> = { readonly [N in keyof C]: Handler<C[N], S, E> };

/**
 * Pairs a contract with its code: a missing, extra or mismatched procedure does not compile. `S` is the
 * principal of a session; code for other principals does not see its `session`. `E` is the principal of what adds a
 * second factor.
 */
export function implement<S, E = never>() {
  return <const C extends Contract>(contract: C, handlers: Handlers<C, S, E>): Implementation<C> => ({
    contract,
    // Safe: `Handlers` has a function for each name, and `compose` guarantees its arguments.
    handlers: handlers as never,
  });
}
