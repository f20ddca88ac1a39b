import { accountErrors } from "@latchkey/contracts/errors/account";
import type { Cause } from "../../cause.js";
import type { ChangeOf } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Account, Accounts, Newcomer } from "../accounts/service.js";
import { type FactorInput, isTwoFactors, type Method, type SignInOrigin } from "../factors/service.js";
import type { Proven } from "../limits/service.js";
import type { Issued, SessionStarts, SignInLifetime } from "../sessions/service.js";
import type { Verification } from "../verification/service.js";
import type { NewDeviceNotice } from "./letters.js";

export type { Method, SignInOrigin } from "../factors/service.js";

/** Where a user signs in, and what kind of session they get. */
export interface SignInPlace {
  readonly from: SignInOrigin;
  /** Determines the access lifetime of the session's first token. */
  readonly lifetime: SignInLifetime;
  /** What is to be remembered of the place. */
  readonly proven?: Proven;
  /** A second factor that was given in the same call. */
  readonly factor?: FactorInput | undefined;
  /** The secret that a client keeps for a device that its user has trusted. */
  readonly trustedDevice?: string | undefined;
  readonly cause: Cause;
}

/** A session that begins when its account is inserted, and its first token. */
export interface AdmittedNewcomer {
  readonly issued: Issued;
  readonly begins: ChangeOf<Account>;
}

/**
 * Admission: decides who is let in after they have proved who they are. The only part of the server that may
 * start a session, on every surface.
 */
export interface SignIn {
  /**
   * Starts a session for an account whose owner has passed the given methods. Raises `USER_DISABLED`,
   * `PASSWORD_CHANGE_REQUIRED`, `EMAIL_NOT_VERIFIED`, `UNAVAILABLE`, and `INVALID_CREDENTIALS` if the account was
   * deleted or has ended all sessions since its password was compared.
   */
  admit(account: Account, methods: readonly Method[], place: SignInPlace): Promise<Issued>;
  /**
   * The same for an account that is still to be inserted. If the policy does not let it in, this resolves to
   * the error, which the caller raises once the account exists.
   */
  admitNewcomer(
    newcomer: Newcomer,
    methods: readonly Method[],
    place: SignInPlace,
  ): Promise<AdmittedNewcomer | { readonly refused: AppError }>;
}

interface Deps {
  readonly accounts: Pick<Accounts, "requiring">;
  readonly sessions: SessionStarts;
  readonly verification: Pick<Verification, "admit" | "refusalOf">;
  readonly notices: Pick<NewDeviceNotice, "tellRefused">;
}

export function createSignIn({ accounts, sessions, verification, notices }: Deps): SignIn {
  return {
    async admit(account, methods, place) {
      assertShown(methods);
      const subject = account.uuid;
      if (account.disabled) throw new AppError(accountErrors.USER_DISABLED, { subject });
      if (account.mustChangePassword) throw new AppError(accountErrors.PASSWORD_CHANGE_REQUIRED, { subject });
      await verification.admit(account, place.from).catch(async (refusal: unknown) => {
        // The place counts as known from now on, so the owner is told now or never.
        if (place.proven?.isNew) await notices.tellRefused(account, place.cause);
        await place.proven?.remember(accounts.requiring(account));
        throw refusal;
      });
      return sessions.start(account, { ...place, methods, hasFactor: isTwoFactors(methods) });
    },

    async admitNewcomer(newcomer, methods, place) {
      assertShown(methods);
      const refused = verification.refusalOf(newcomer);
      return refused === undefined
        ? sessions.prepare(newcomer, { ...place, methods, hasFactor: isTwoFactors(methods) })
        : { refused };
    },
  };
}

/** A surface that checks nothing must never let a caller in. */
function assertShown(methods: readonly Method[]): void {
  if (methods.length === 0) throw new Error("No method has proved whose account it is");
}
