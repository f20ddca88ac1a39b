import type { Language } from "@latchkey/contracts/kit/language";

/** Why something happens: one call or one command. Made once, frozen, and handed down to everything that it changes. */
export interface Cause {
  /**
   * The permanent name under which a success is written to the audit log, such as `auth.login`; absent where successes are not.
   */
  readonly action?: string | undefined;
  /** Who acts: an account's uuid, or `operator` for the command line; absent where the caller is not known. */
  readonly actor?: string | undefined;
  /** The uuid of the account that it is about, where the call itself says so. */
  readonly subject?: string | undefined;
  /** What else the audit log is to say, as far as the call itself says it. */
  readonly details?: Details | undefined;
  /** The network address that it came from. */
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  /** The language of whoever acts; the owner of an account may have chosen another. */
  readonly language: Language;
}

/**
 * What an entry of the audit log may say in addition; nothing else is kept. No secret, no mail address and no text that a
 * stranger chose is among it.
 */
export interface Details {
  /** The names of the fields that were changed. */
  readonly fields?: readonly string[] | undefined;
  readonly role?: string | undefined;
  /** A session's id. */
  readonly session?: string | undefined;
  /** What lies behind the outcome: a word of ours. */
  readonly reason?: string | undefined;
  /** How many rows, accounts or sessions it was about. */
  readonly count?: number | undefined;
  /** How many more of the same there were that have no entry of their own. */
  readonly repeated?: number | undefined;
}

/** For what follows from something that is in the audit log already, or that must not be there as a success. */
export function unaudited(cause: Cause): Cause {
  return Object.freeze({ ...cause, action: undefined });
}
