import { randomUUID } from "node:crypto";
import { registrationErrors } from "@latchkey/contracts/errors/registration";
import { type Cause, unaudited } from "../../cause.js";
import { type Change, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import {
  type Account,
  type AccountLanguage,
  type Accounts,
  keysOf,
  type Names,
  type Newcomer,
  type Role,
} from "../accounts/service.js";
import { type Credentials, THE_OPERATOR, type Turn } from "../credentials/service.js";
import type { KnownPlaces } from "../known-places/service.js";
import type { Limits, Quota } from "../limits/service.js";
import type { Issued } from "../sessions/service.js";
import type { SignIn, SignInPlace } from "../sign-in/service.js";
import type { Verification } from "../verification/service.js";

/** What an account is created from; the address is normalised already. */
export interface Registration extends Names {
  readonly password: string;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly phoneNumber?: string | undefined;
  readonly language?: AccountLanguage | undefined;
  /** `user` unless given. */
  readonly role?: Role | undefined;
  /** A temporary password cannot be used to sign in, only to set another. */
  readonly mustChangePassword?: boolean | undefined;
}

/** A registration by a person who was invited: the account gets the invitation's uuid. */
export interface InvitedRegistration extends Registration {
  readonly uuid: string;
}

/**
 * Who may get an account: anyone, only invited people, or only those for whom an administrator creates one.
 */
export type RegistrationPolicy = "open" | "invited" | "closed";

/** A new account and its first session. */
export interface Registered {
  readonly account: Account;
  readonly issued: Issued;
}

/**
 * Creates accounts. Everything raises `USERNAME_TAKEN`, `EMAIL_TAKEN` (the username is reported first),
 * `PASSWORD_TOO_COMMON`, `UNAVAILABLE`.
 */
export interface Registrations {
  /**
   * For administrators and the operator: without a limit, and without asking for the address to be confirmed.
   */
  create(registration: Registration, cause: Cause): Promise<Account>;
  /** Raises `REGISTRATION_CLOSED` if the policy allows no invitations. */
  assertInviting(): void;
  /**
   * For a person whom a mailed link has invited: the address counts as confirmed. Raises `TOO_MANY_REQUESTS`.
   */
  registerInvited(
    registration: InvitedRegistration,
    how: { readonly from: RegistrationOrigin; readonly also: Change },
    cause: Cause,
  ): Promise<Account>;
  /**
   * Has a link mailed to confirm the address, if the verification policy requires it. Raises
   * `REGISTRATION_CLOSED`, `INVITATION_REQUIRED`, `TOO_MANY_REQUESTS`.
   */
  register(registration: Registration, from: RegistrationOrigin, cause: Cause): Promise<Account>;
  /**
   * Registers and signs in, in one commit. Raises the same, and `EMAIL_NOT_VERIFIED` or `ENROLMENT_REQUIRED` if the
   * account was created but the policy does not let it in yet.
   */
  registerAndAdmit(registration: Registration, place: SignInPlace): Promise<Registered>;
}

/** Where a registration comes from. */
export type RegistrationOrigin = Omit<SignInPlace["from"], "userAgent" | "code" | "trustedDevice">;

export interface RegistrationDeps {
  readonly accounts: Pick<Accounts, "assertFree" | "add">;
  readonly credentials: Pick<Credentials, "hash">;
  readonly limits: Pick<Limits, "within" | "revealing">;
  readonly places: Pick<KnownPlaces, "first">;
  readonly signIn: Pick<SignIn, "admitNewcomer">;
  readonly verification: Pick<Verification, "beginning">;
  readonly clock: Clock;
  /** How often a network may register accounts. */
  readonly quota: Quota;
  readonly policy: RegistrationPolicy;
}

export function createRegistrations(deps: RegistrationDeps): Registrations {
  const { accounts, credentials, limits, places, signIn, verification, clock, quota, policy } = deps;

  const assertOpen = () => {
    if (policy === "closed") throw new AppError(registrationErrors.REGISTRATION_CLOSED);
    if (policy === "invited") throw new AppError(registrationErrors.INVITATION_REQUIRED);
  };

  /** A refusal here tells as much as that of a taken name: the name is free. It counts in the same way. */
  const hashWithin = (from: RegistrationOrigin, hash: () => Promise<string>) =>
    limits
      .within(quota, from, hash)
      .catch((refusal: unknown) => limits.revealing(from, () => Promise.reject(refusal)));

  const prepare = async (registration: Registration, from?: RegistrationOrigin): Promise<Newcomer> => {
    const { email, username = email, password, role = "user" } = registration;
    const { firstName = null, lastName = null, phoneNumber = null } = registration;
    const { language = null, mustChangePassword = false } = registration;
    // Checked before the password is hashed, to save the work; the insertion decides.
    const assertFree = () => accounts.assertFree(registration);
    await (from === undefined ? assertFree() : limits.revealing(from, assertFree));
    const turn: Turn = from === undefined ? THE_OPERATOR : { kind: "registration", from };
    const hash = () => credentials.hash({ password, turn });
    const hashedPassword = await (from === undefined ? hash() : hashWithin(from, hash));
    const known = { uuid: randomUUID(), username, role };
    const profile = { firstName, lastName, phoneNumber, language };
    const createdAtMs = clock.nowMs();
    const keys = keysOf(registration);
    return {
      ...known,
      sessionEpoch: 0,
      emailVerifiedAtMs: null,
      insertion: { ...known, ...keys, email, hashedPassword, mustChangePassword, createdAtMs, ...profile },
      hasChosenName: registration.username !== undefined,
    };
  };

  /** What begins with an account that was registered from somewhere. */
  const beginning = async ({ email }: Registration, from: RegistrationOrigin) => {
    const verifying = await verification.beginning(email, from);
    return ({ uuid }: Account) => together(verifying, places.first(uuid, from));
  };

  return {
    create: async (registration, cause) => accounts.add(await prepare(registration), cause),

    assertInviting() {
      if (policy === "closed") throw new AppError(registrationErrors.REGISTRATION_CLOSED);
    },

    async registerInvited({ uuid, ...registration }, { from, also }, cause) {
      const { insertion, ...newcomer } = await prepare(registration, from);
      const emailVerifiedAtMs = clock.nowMs();
      const invited = {
        ...newcomer,
        ...{ uuid, emailVerifiedAtMs, insertion: { ...insertion, uuid, emailVerifiedAtMs } },
      };
      return accounts.add(invited, cause, () => together(also, places.first(uuid, from)));
    },

    async register(registration, from, cause) {
      assertOpen();
      const newcomer = await prepare(registration, from);
      return accounts.add(newcomer, cause, await beginning(registration, from));
    },

    async registerAndAdmit(registration, place) {
      assertOpen();
      const { cause, from } = place;
      const newcomer = await prepare(registration, from);
      const verifying = await beginning(registration, from);
      // A user who registers has chosen the password and so knows it.
      const admitted = await signIn.admitNewcomer(newcomer, ["pwd"], place);
      if ("refused" in admitted) {
        // The audit log records the outcome that the caller gets.
        const account = await accounts.add(newcomer, unaudited(cause), verifying);
        throw await admitted.refused(account);
      }
      const begins = (account: Account) => together(admitted.begins(account), verifying(account));
      const account = await accounts.add(newcomer, cause, begins);
      return { account, issued: admitted.issued };
    },
  };
}
