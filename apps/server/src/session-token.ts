/**
 * A token of a session. Only admission and the exchange of a token make one, and a procedure whose contract
 * promises one can return nothing else: no surface can let a caller in by another way.
 */
export type SessionToken = string & { readonly [BRAND]: true };

declare const BRAND: unique symbol;
