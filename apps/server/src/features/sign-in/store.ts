import type { Change } from "../../database/change.js";
import type { Account } from "../accounts/service.js";
import type { SignInLifetime } from "../sessions/service.js";

/** A sign-in in progress: something was given, and more is needed before a session begins. */
export interface SignInStep {
  /** SHA-256 of its ticket. */
  readonly hash: string;
  readonly userId: number;
  /** The account's session epoch and generation of factors when it began: it ends if one of them changes. */
  readonly epoch: number;
  readonly factorGeneration: number;
  /** The methods that were given so far, separated by spaces. */
  readonly methods: string;
  /** What is needed: a second factor; or that one is added, and then that the sign-in is finished. */
  readonly step: "factor" | "enrol" | "enrolled";
  readonly lifetime: SignInLifetime;
  /** Digests of where it began; `device` is `null` if the client keeps no id for its device. */
  readonly device: string | null;
  readonly network: string;
  /** How many factors were tried. */
  readonly tries: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Keeps sign-ins in progress. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface SignInStore {
  /** Resolves to whether it was inserted: not if the account is gone. */
  insert(step: SignInStep): Promise<boolean>;
  /** The step, and the uuid of its account. */
  find(hash: string): Promise<(SignInStep & Pick<Account, "uuid">) | undefined>;
  /** Counts a try, of many at once no more than `most`; resolves to whether it was counted. */
  countTry(hash: string, most: number): Promise<boolean>;
  /**
   * Deletes it in the transaction of another change, which is refused (`ChangeRefused`) if it is gone: of many at
   * once exactly one is committed.
   */
  taking(hash: string): Change;
  /** The same for the step `enrol`, which becomes `enrolled`. */
  enrolled(hash: string, now: Pick<SignInStep, "methods" | "factorGeneration">): Change;
  /** Deletes up to `limit` that are over, or from the future; resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
