import type { Revocation } from "./store.js";

/** How a blacklist does: `down` also while it is filled anew. */
export type BlacklistState = "up" | "down";

/**
 * Ids of tokens (`jti`) and sessions (`sid`) that are dead, where every node can ask for them. It can only refuse:
 * what it does not hold, or cannot say just now, the session store decides.
 */
export interface Blacklist {
  /** Whether one of the ids is known to be dead. Never rejects. */
  includes(ids: readonly string[]): Promise<boolean>;
  /** Notes dead ids until their end. Never rejects: the session store holds them already. */
  add(revocations: readonly Revocation[]): Promise<void>;
  state(): BlacklistState;
}
