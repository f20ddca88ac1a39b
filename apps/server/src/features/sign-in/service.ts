import { accountErrors } from "@latchkey/contracts/errors/account";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import type { ChangeOf } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Account, Newcomer } from "../accounts/service.js";
import type { Issued, SessionStarts, SignInLifetime } from "../sessions/service.js";
import type { Verification } from "../verification/service.js";

/** By what it was shown that an account is the caller's. */
export type Method = "password";

/** Where someone signs in, and what is to become of it. */
export interface SignInPlace {
  readonly from: SignInOrigin;
  /** Whose access lifetime the session's first token gets. */
  readonly lifetime: SignInLifetime;
  /** Whether device and network are new to an owner who has signed in before. */
  readonly isNew?: boolean;
  readonly cause: Cause;
}

/** From where a request comes, as far as admission looks at it. */
export interface SignInOrigin {
  /** The network address in its one spelling. */
  address(): string;
  /** The network as limits count it. */
  network(): string;
  /** What the client calls itself. */
  userAgent(): string | undefined;
  language(): Language;
}

/** A session that begins when its account is inserted, and its first token. */
export interface AdmittedNewcomer {
  readonly issued: Issued;
  readonly begins: ChangeOf<Account>;
}

/**
 * Admission: who is let in once they have shown who they are. The only part of the house that may start a session, whichever
 * door someone comes through.
 */
export interface SignIn {
  /**
   * Starts a session of an account whose owner has given what `methods` says. Raises `USER_DISABLED`,
   * `PASSWORD_CHANGE_REQUIRED`, `EMAIL_NOT_VERIFIED`, `UNAVAILABLE`.
   */
  admit(account: Account, methods: readonly Method[], place: SignInPlace): Promise<Issued>;
  /**
   * The same for an account that is yet to be inserted. What it resolves to where the policy does not let it in is for the
   * caller to raise, once the account is there.
   */
  admitNewcomer(
    newcomer: Newcomer,
    methods: readonly Method[],
    place: SignInPlace,
  ): Promise<AdmittedNewcomer | { readonly refused: AppError }>;
}

interface Deps {
  readonly sessions: SessionStarts;
  readonly verification: Pick<Verification, "admit" | "refusalOf">;
}

export function createSignIn({ sessions, verification }: Deps): SignIn {
  return {
    async admit(account, methods, place) {
      assertShown(methods);
      const subject = account.uuid;
      if (account.disabled) throw new AppError(accountErrors.USER_DISABLED, { subject });
      if (account.mustChangePassword) throw new AppError(accountErrors.PASSWORD_CHANGE_REQUIRED, { subject });
      await verification.admit(account, place.from);
      return sessions.start(account, place);
    },

    async admitNewcomer(newcomer, methods, place) {
      assertShown(methods);
      const refused = verification.refusalOf(newcomer);
      return refused === undefined ? sessions.prepare(newcomer, place) : { refused };
    },
  };
}

/** A door that shows nothing must never let anyone in. */
function assertShown(methods: readonly Method[]): void {
  if (methods.length === 0) throw new Error("No method has proved whose account it is");
}
