import type { Change } from "../../../database/change.js";

/** A code that was asked for with a ticket. Neither the ticket nor the code is stored, only hashes of them. */
export interface SignInCode {
  /** SHA-256 of the ticket. */
  readonly ticketHash: string;
  /** `sign-in`: in place of the password. `factor`: as a second factor. */
  readonly purpose: CodePurpose;
  /** The account; `null` until a code is mailed, and for good if the address has no account. */
  readonly userId: number | null;
  /** The account's session epoch when the code was made. */
  readonly epoch: number;
  /** The address, in the form in which addresses are compared. */
  readonly addressKey: string;
  /** Of the code and of the link's secret, together with the ticket's hash. */
  readonly codeHash: string;
  readonly linkHash: string;
  /** How many wrong codes were given. */
  readonly tries: number;
  readonly spentAtMs: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export type CodePurpose = "sign-in" | "factor";

/** A code that was found, and the uuid of its account. */
export interface FoundCode extends SignInCode {
  readonly subject: string | null;
}

/** A code for one ticket. */
export type WrittenCode = Pick<SignInCode, "ticketHash" | "codeHash" | "linkHash">;

/** A code or a link's secret that is given, as the hash of it. */
export interface GivenCode {
  readonly ticketHash: string;
  readonly kind: "code" | "link";
  readonly hash: string;
  readonly nowMs: number;
  /** Whether a right one is spent by it. */
  readonly spends: boolean;
}

export type Judgement = "right" | "wrong" | "over";

/** Keeps codes that are mailed. Every method rejects with `UNAVAILABLE` while the database cannot answer. */
export interface CodeStore {
  /** Adds a code that is still to be mailed, together with another change. */
  insert(code: SignInCode, also: Change): Promise<void>;
  /**
   * Adds a code of an account, or replaces that of its ticket; together with another change. Writes nothing if the
   * account is gone.
   */
  put(code: SignInCode & { readonly userId: number }, also: Change): Promise<void>;
  find(ticketHash: string): Promise<FoundCode | undefined>;
  /** The tickets of an address whose codes are still to be mailed, the newest first, up to `limit`. */
  waiting(
    addressKey: string,
    bounds: { readonly nowMs: number; readonly limit: number },
  ): Promise<readonly Pick<SignInCode, "ticketHash" | "expiresAtMs">[]>;
  /**
   * Gives tickets that are waiting their codes, unless their account is gone. A ticket that has its code keeps it.
   */
  write(
    owner: Pick<SignInCode, "epoch" | "addressKey"> & { readonly userId: number },
    codes: readonly WrittenCode[],
  ): Promise<void>;
  /**
   * Compares what was given. A wrong one is counted in the same step, and a right one spent if that is asked for:
   * of many at once exactly one is `right` then. `over` if there is no such code, or it is spent, has expired or
   * was guessed at too often.
   */
  judge(given: GivenCode): Promise<Judgement>;
  /** Spends a code in the transaction of another change, which is refused (`ChangeRefused`) if it is spent. */
  spending(ticketHash: string, atMs: number): Change;
  /** Deletes up to `limit` codes that have expired or are from the future. Resolves to how many. */
  deleteOver(bounds: { readonly nowMs: number; readonly limit: number }): Promise<number>;
}
