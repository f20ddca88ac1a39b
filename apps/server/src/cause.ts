import type { Language } from "@latchkey/contracts/kit/language";
import type { Change } from "./database/change.js";

/**
 * Why something happens: one call or one command. Made once, frozen, and passed to everything that it
 * changes.
 */
export interface Cause {
  /**
   * The permanent name under which a success is recorded in the audit log, such as `auth.login`; absent if
   * successes are not recorded.
   */
  readonly action?: string | undefined;
  /** The actor: an account's uuid, or `operator` for the command line; absent if the caller is not known. */
  readonly actor?: string | undefined;
  /** The uuid of the affected account, if the call itself names it. */
  readonly subject?: string | undefined;
  /** Further details for the audit log, as far as the call itself contains them. */
  readonly details?: Details | undefined;
  /** The network address of the request. */
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  /**
   * Committed with every event that has this cause: refuses the change if the actor may no longer make it.
   * Absent if the actor's rights cannot end while the call or command runs.
   */
  readonly requires?: Change | undefined;
  /** The language of the actor; the owner of an account may have chosen another. */
  readonly language: Language;
}

/**
 * What an entry of the audit log may contain in addition; nothing else is kept. It contains no secrets, no
 * mail addresses and no text that a stranger chose.
 */
export interface Details {
  /** The names of the fields that were changed. */
  readonly fields?: readonly string[] | undefined;
  readonly role?: string | undefined;
  /** The kind of a second factor. */
  readonly factor?: string | undefined;
  /** A session's id. */
  readonly session?: string | undefined;
  /** The reason for the outcome, as a fixed word of ours. */
  readonly reason?: string | undefined;
  /** How many rows, accounts or sessions were affected. */
  readonly count?: number | undefined;
  /** How many days entries of the audit log are kept; 0 means forever. */
  readonly days?: number | undefined;
  /** How many more of the same kind have no entry of their own. */
  readonly repeated?: number | undefined;
}

/** The cause of what the server does by itself, such as deleting what has expired. */
export const HOUSEKEEPING: Cause = Object.freeze({ language: "en" });

/** For a consequence of something that has an entry of its own in the audit log. */
export function recordedAs(action: string, cause: Cause): Cause {
  const own = {
    action: { value: action, enumerable: true },
    details: { value: undefined, enumerable: true },
  };
  return Object.freeze(Object.create(cause, own));
}

/**
 * For consequences of something that the audit log has already, or that must not be recorded as a success.
 */
export function unaudited(cause: Cause): Cause {
  // Inherits everything else, some of which is computed when needed.
  return Object.freeze(Object.create(cause, { action: { value: undefined, enumerable: true } }));
}
