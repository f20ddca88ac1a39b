import type { Permission } from "@latchkey/contracts/kit/permission";

/**
 * A caller with rights of its own, once its token was recognised: a session today, keys and clients later.
 */
export interface Principal {
  readonly kind: "session";
  readonly permissions: ReadonlySet<Permission>;
  /** The uuid of the account that it belongs to. */
  readonly uuid: string;
}

/** Recognises principals. */
export interface Guard<P extends Principal> {
  /**
   * The principal that the token belongs to; throws if there is none. A session can be ended with a token
   * that could only be exchanged: otherwise users who ask to be signed out would stay signed in.
   */
  authenticate(bearer: string | undefined, purpose?: "to end the session"): Promise<P>;
  /** Whether the owner has given the password within the last few minutes. */
  isRecent(principal: P): boolean;
}
