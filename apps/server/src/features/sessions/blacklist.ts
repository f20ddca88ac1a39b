import type { Revocation } from "./store.js";

/** The state of a blacklist; it is also `down` while it is being refilled. */
export type BlacklistState = "up" | "down";

/**
 * Ids of dead tokens (`jti`) and sessions (`sid`), which every node can check. It can only refuse: if it does
 * not hold an id, or cannot answer at the moment, the session store decides.
 */
export interface Blacklist {
  /** Whether one of the ids is known to be dead. Never rejects. */
  includes(ids: readonly string[]): Promise<boolean>;
  /** Notes dead ids until their end. Never rejects, because the session store holds them already. */
  add(revocations: readonly Revocation[]): Promise<void>;
  state(): BlacklistState;
}
