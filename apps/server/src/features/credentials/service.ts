import type { Cause } from "../../cause.js";
import { type Change, together } from "../../database/change.js";
import type { Clock } from "../../world/clock.js";
import { type Account, type Accounts, type BeforeAndAfter, changedOrRaise } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import { passwordChanged } from "./events.js";
import type { Passwords } from "./passwords.js";
import type { Turn } from "./queue.js";

export { passwordChanged } from "./events.js";
export { isSamePassword } from "./forms.js";
export { NOT_YOU } from "./letters.js";
export type { HashJudgement, Passwords, Verdict } from "./passwords.js";
export type { Turn } from "./queue.js";
export { strengthOf } from "./strength.js";

/** A password to be set, and the turn for which its hash waits. */
export interface NewPassword {
  readonly password: string;
  readonly turn: Turn;
}

/**
 * The passwords of accounts. Every change of one ends all sessions of the account, except for one that may be
 * named.
 */
export interface Credentials extends Pick<Passwords, "verify"> {
  /** Makes the hash of a new password. Raises `PASSWORD_TOO_COMMON`, `UNAVAILABLE`. */
  hash(set: NewPassword): Promise<string>;
  /** Replaces the hash of a password that was just given and whose hash is outdated. Raises `UNAVAILABLE`. */
  renew(account: Account, current: NewPassword): Promise<void>;
  /**
   * Sets a password without the old one, for administrators and the operator. A temporary password cannot be
   * used to sign in, only to set another. Raises `USER_NOT_FOUND`, `PASSWORD_TOO_COMMON`, `UNAVAILABLE`.
   */
  set(
    account: Account,
    set: Pick<NewPassword, "password"> & { readonly temporary: boolean },
    cause: Cause,
  ): Promise<Account>;
  /**
   * Sets the password of an enabled account whose old one was given, and keeps one session. `undefined` if
   * another change came first. Raises `PASSWORD_TOO_COMMON`, `UNAVAILABLE`.
   */
  replace(
    account: Account,
    set: NewPassword & { readonly keepSession?: string | undefined },
    cause: Cause,
  ): Promise<Account | undefined>;
  /**
   * Sets a password for an account whose address was just confirmed as the owner's, and uses up the link that
   * confirmed it. `undefined` if the account's epoch or address has changed since. Raises
   * `PASSWORD_TOO_COMMON`, `UNAVAILABLE`.
   */
  recover(
    account: Account,
    set: NewPassword & { readonly usesUp: Change },
    cause: Cause,
  ): Promise<Account | undefined>;
}

interface Deps {
  readonly accounts: Pick<Accounts, "change" | "renewHash">;
  readonly passwords: Passwords;
  readonly events: Pick<Events, "of">;
  readonly clock: Clock;
}

const OPERATOR = "the operator";
/**
 * The operator and administrators wait for hashes as if they were a site of their own. Nothing that a stranger
 * can ask for may have this turn.
 */
export const THE_OPERATOR: Turn = {
  kind: "known",
  from: { site: () => OPERATOR, network: () => OPERATOR, address: () => OPERATOR, isGone: () => false },
};

export function createCredentials({ accounts, passwords, events, clock }: Deps): Credentials {
  const hash: Credentials["hash"] = ({ password, turn }) => passwords.hash(password, turn);
  const telling =
    (cause: Cause) =>
    ({ after }: BeforeAndAfter) =>
      events.of(cause, passwordChanged, { subject: after.uuid, account: after });

  return {
    hash,
    verify: passwords.verify,

    async renew(account, { password, turn }) {
      const to = await passwords.rehash(password, turn);
      await accounts.renewHash(account.id, { from: account.hashedPassword, to });
    },

    async set(account, { temporary, password }, cause) {
      const hashedPassword = await hash({ password, turn: THE_OPERATOR });
      const values = { hashedPassword, mustChangePassword: temporary };
      const change = { values, endsSessions: true } as const;
      return changedOrRaise(await accounts.change(account, change, telling(cause), { cause }));
    },

    async replace(account, { keepSession, ...set }, cause) {
      const values = { hashedPassword: await hash(set), mustChangePassword: false };
      const { hashedPassword: ifHash, sessionEpoch: ifEpoch } = account;
      const change = { values, ifHash, ifEpoch, ifEnabled: true, endsSessions: true } as const;
      const result = await accounts.change(account, change, telling(cause), { cause, keepSession });
      return "changed" in result ? result.changed : undefined;
    },

    async recover(account, { usesUp, ...set }, cause) {
      const hashedPassword = await hash(set);
      const values = { hashedPassword, mustChangePassword: false, emailVerifiedAtMs: clock.nowMs() };
      const { sessionEpoch: ifEpoch, email: ifEmail } = account;
      const change = { values, ifEpoch, ifEmail, endsSessions: true } as const;
      const told = telling(cause);
      const also = (changed: BeforeAndAfter) => together(usesUp, told(changed));
      const result = await accounts.change(account, change, also, { cause });
      return "changed" in result ? result.changed : undefined;
    },
  };
}
