import { accessErrors, accountErrors, tokenErrors } from "@latchkey/contracts/errors/account";
import type { Cause } from "../../cause.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Account, AccountEdit, Accounts } from "../accounts/service.js";
import type { Audit } from "../audit/service.js";
import type { PasswordAttempt, PasswordFactor } from "../factors/password/service.js";
import type { FactorInput, Factors, KeptFactor, SignInOrigin } from "../factors/service.js";
import type { Limits, Origin } from "../limits/service.js";
import type { LiveSession, Session, Sessions } from "../sessions/service.js";
import type { SignIn } from "../sign-in/service.js";
import { createExportTurns, type RecentLog, recentLog } from "./exports.js";

/** Everything that is stored about the owner of an account. */
export interface AccountData {
  readonly exportedAtMs: number;
  readonly account: Account;
  readonly factors: readonly KeptFactor[];
  readonly sessions: readonly Session[];
  /** What was done to the account, the latest first, as far as it fits. */
  readonly log: RecentLog;
}

/**
 * What owners can do with their own account. If it is deleted in the meantime, the error is `TOKEN_INVALID`.
 */
export interface OwnAccount {
  /** Raises `USERNAME_TAKEN`, `FOREIGN_ADDRESS`, `USER_CHANGED`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`. */
  update(account: Account, edit: OwnEdit & { readonly from: Origin }, cause: Cause): Promise<Account>;
  /**
   * Sets a new password with the old one and ends the other sessions. Raises `WRONG_PASSWORD`,
   * `PASSWORD_TOO_COMMON`, `RATE_LIMITED`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
   */
  changePassword(
    owner: LiveSession,
    attempt: PasswordAttempt,
    newPassword: string,
    cause: Cause,
  ): Promise<void>;
  /**
   * Notes that the password was given or, if the account has one, a second factor; resolves to the time. Raises
   * `WRONG_PASSWORD`, `FACTOR_WRONG`, `REAUTHENTICATION_REQUIRED` for a password of an account that has a second
   * factor, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  confirm(owner: LiveSession, given: Confirmation, from: SignInOrigin): Promise<number>;
  /** Resolves to how many sessions were ended. Raises `TOO_MANY_REQUESTS`, `UNAVAILABLE`. */
  endOtherSessions(owner: LiveSession, cause: Cause): Promise<number>;
  /** Raises `TOO_MANY_REQUESTS`, and `UNAVAILABLE` also while another one is made for the account. */
  exportData(account: Account): Promise<AccountData>;
  /** Raises `LAST_ADMIN`, `UNAVAILABLE`. */
  delete(account: Account, cause: Cause): Promise<void>;
}

/** What confirms that it is the owner who acts: one of the two. */
export interface Confirmation {
  readonly password?: string | undefined;
  readonly factor?: FactorInput | undefined;
}

/** The fields that owners may change themselves. */
export type OwnEdit = Pick<AccountEdit, "username" | "firstName" | "lastName" | "phoneNumber" | "language">;

interface Deps {
  readonly accounts: Pick<Accounts, "editOwn" | "delete" | "requiring">;
  readonly signIn: Pick<SignIn, "provableBy" | "takeFactor">;
  readonly password: Pick<PasswordFactor, "assert" | "change">;
  readonly sessions: Pick<Sessions, "confirm" | "endAll" | "listOf">;
  readonly factors: Pick<Factors, "listOf">;
  readonly limits: Pick<Limits, "changing" | "revealing">;
  readonly audit: Pick<Audit, "list">;
  readonly clock: Clock;
}

/** How many a process makes at a time. */
const MOST_EXPORTS = 2;

export function createOwnAccount(deps: Deps): OwnAccount {
  const { accounts, password, signIn, sessions, factors, limits, audit, clock } = deps;
  const inTurn = createExportTurns(MOST_EXPORTS);

  return {
    async update(account, { from, ...edit }, cause) {
      const change = () =>
        limits.changing("profile", account.uuid, () =>
          accounts.editOwn(account, edit, cause).catch(withoutAccount),
        );
      // A refusal reveals that a username is taken.
      return edit.username === undefined ? change() : limits.revealing(from, change);
    },

    async changePassword({ account, session }, attempt, newPassword, cause) {
      const change = { newPassword, keepSession: session.id };
      await limits.changing("password", account.uuid, () => password.change(account, attempt, change, cause));
    },

    async confirm({ account, session }, { password: given = "", factor }, from) {
      if (factor !== undefined) {
        const { methods, place } = await signIn.takeFactor(account, factor, from);
        const confirmedAtMs = await sessions.confirm(session, methods);
        await place?.remember(accounts.requiring(account));
        return confirmedAtMs;
      }
      // Whoever knows the password of such an account has still not shown that it is theirs.
      if (account.factorGeneration > 0) {
        const factors = [...(await signIn.provableBy(account))];
        throw new AppError(accessErrors.REAUTHENTICATION_REQUIRED, {
          subject: account.uuid,
          data: { factors },
        });
      }
      await password.assert(account, { password: given, from });
      return sessions.confirm(session);
    },

    endOtherSessions: ({ account, session }, cause) =>
      limits.changing("other sessions", account.uuid, () => sessions.endAll(account, cause, session)),

    async exportData(account) {
      const make = async () => {
        const [kept, listed, log] = await Promise.all([
          factors.listOf(account),
          sessions.listOf(account),
          recentLog(audit, account.uuid),
        ]);
        return { exportedAtMs: clock.nowMs(), account, factors: kept, sessions: listed, log };
      };
      return inTurn(account.uuid, () => limits.changing("exports", account.uuid, make));
    },

    async delete({ uuid }, cause) {
      await accounts.delete(uuid, cause).catch(withoutAccount);
    },
  };
}

function withoutAccount(error: unknown): never {
  const isGone = error instanceof AppError && error.definition === accountErrors.USER_NOT_FOUND;
  throw isGone ? new AppError(tokenErrors.TOKEN_INVALID, { cause: error }) : error;
}
