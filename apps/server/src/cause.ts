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
  /** What else the audit log is to say, as far as the call says it; only what the log's list allows is kept. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The network address that it came from. */
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  /** The language of whoever acts; the owner of an account may have chosen another. */
  readonly language: Language;
}
