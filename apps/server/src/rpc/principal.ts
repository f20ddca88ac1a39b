import type { Permission } from "@latchkey/contracts/kit/permission";
import type { Change } from "../database/change.js";
import type { Context } from "./context.js";

/**
 * A caller with rights of its own, once its token was recognised: a session today, keys and clients later.
 */
export interface Principal {
  readonly kind: "session" | "sign-in";
  readonly permissions: ReadonlySet<Permission>;
  /** The uuid of the account that it belongs to. */
  readonly uuid: string;
}

/** What a token is presented for, if more tokens are accepted for it. */
export type Purpose = "to end the session";

/** Recognises principals. */
export interface Guard<P extends Principal> {
  /**
   * The principal that the request's token belongs to; throws if there is none. It is found once for all calls of
   * a request: a batch must not multiply what that costs, and what is held of it. A session can be ended with a token
   * that could only be exchanged: otherwise users who ask to be signed out would stay signed in.
   */
  authenticate(request: Pick<Context, "bearer">, purpose?: Purpose): Promise<P>;
  /**
   * The same for what adds a second factor: a session, or a sign-in that must do so before it goes on.
   */
  enrolling?(request: Pick<Context, "bearer" | "device" | "network">): Promise<Principal>;
  /**
   * Whether the owner has given the password, or a second factor if the account has one, within the last few minutes.
   */
  isRecent(principal: Principal): boolean;
  /** What the owner can give to prove it again; nothing if this is absent. */
  provableBy?(principal: Principal): Promise<readonly string[]>;
  /**
   * For what the principal does to others: refuses the change that it is committed with (`ChangeRefused`) if
   * the account's sessions have ended since the principal was found, as they do when it is disabled, deleted or
   * given another role. A call can wait for seconds, for example until a password is hashed.
   */
  requiring(principal: P): Change;
}
