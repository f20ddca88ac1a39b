import { accountErrors } from "@latchkey/contracts/errors/account";
import type { Cause } from "../../cause.js";
import { type ChangeOf, ChangeRefused, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Account, Accounts, Newcomer } from "../accounts/service.js";
import {
  type DeviceTrust,
  type FactorInput,
  type FactorKind,
  isTwoFactors,
  type Method,
  type SignInOrigin,
} from "../factors/service.js";
import type { KnownPlaces } from "../known-places/service.js";
import type { Proven } from "../limits/service.js";
import type { Issued, SessionStarts, SignInLifetime } from "../sessions/service.js";
import type { Verification } from "../verification/service.js";
import type { NewDeviceNotice } from "./letters.js";
import { MOST_TRIES } from "./rules.js";
import { createSecondStep, type Passed, type SecondStepDeps } from "./second-step.js";
import { createSteps, type FoundStep } from "./steps.js";
import type { SignInStore } from "./store.js";

export type { Method, SignInOrigin } from "../factors/service.js";
export type { FoundStep } from "./steps.js";

/** Where a user signs in, and what kind of session they get. */
export interface SignInPlace {
  readonly from: SignInOrigin;
  /** Determines the access lifetime of the session's first token. */
  readonly lifetime: SignInLifetime;
  /** What is to be remembered of the place. */
  readonly proven?: Proven;
  readonly cause: Cause;
}

/** A user who was let in. */
export interface Admitted {
  readonly account: Account;
  readonly session: Issued;
  /** The secret of a device that is trusted from now on; `null` if it is not. */
  readonly trustedDevice: string | null;
}

/** A session that begins when its account is inserted, and its first token. */
export interface AdmittedNewcomer {
  readonly issued: Issued;
  readonly begins: ChangeOf<Account>;
}

/** A newcomer who is not let in: the error, once the account exists. */
export interface RefusedNewcomer {
  refused(account: Account): Promise<AppError>;
}

/** An account that must add a second factor before its sign-in goes on. */
export interface Enrolling {
  readonly account: Account;
  /** Committed with the factor that is added, by the methods of which the user has signed in then. */
  enrolled(methods: readonly Method[]): ChangeOf<Account>;
}

type Continued = Pick<SignInPlace, "from" | "cause">;

/**
 * Admission: decides who is let in after they have proved who they are. The only part of the server that may
 * start a session, on every surface. An account that has a second factor is never let in without one: it comes with
 * the request (`Latchkey-Code`), or in a further step that a ticket stands for.
 */
export interface SignIn {
  /**
   * Starts a session for an account whose owner has passed the given methods. Raises `USER_DISABLED`,
   * `PASSWORD_CHANGE_REQUIRED`, `FACTOR_REQUIRED`, `FACTOR_WRONG`, `ENROLMENT_REQUIRED`, `EMAIL_NOT_VERIFIED`,
   * `RATE_LIMITED`, `UNAVAILABLE`, and `INVALID_CREDENTIALS` if the account was deleted, has ended all sessions or
   * has other factors since its password was compared.
   */
  admit(account: Account, methods: readonly Method[], place: SignInPlace): Promise<Admitted>;
  /**
   * The same for an account that is still to be inserted. If the policy does not let it in, this resolves to
   * the error, which the caller raises once the account exists.
   */
  admitNewcomer(
    newcomer: Newcomer,
    methods: readonly Method[],
    place: SignInPlace,
  ): Promise<AdmittedNewcomer | RefusedNewcomer>;
  /**
   * For what a user may do without a session if they give a method and a second factor, such as setting a password.
   * A trusted device is no second factor here. Raises `FACTOR_REQUIRED`, `FACTOR_WRONG`, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  assertFactor(account: Account, methods: readonly Method[], from: SignInOrigin): Promise<void>;
  /** What proves in a session that its owner acts: a second factor if the account has one, otherwise the password. */
  provableBy(account: Account): Promise<ReadonlyArray<"password" | FactorKind>>;
  /**
   * Takes a second factor in a session. Raises `FACTOR_WRONG`, also if the account has none, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  takeFactor(account: Account, factor: FactorInput, from: SignInOrigin): Promise<Passed>;
  /** Goes on with a second factor. Raises the same as `admit`, and `SIGN_IN_OVER`. */
  giveFactor(
    given: {
      readonly ticket: string;
      readonly factor: FactorInput;
      readonly trustDevice?: boolean | undefined;
    },
    place: Continued,
  ): Promise<Admitted>;
  /** Ends a sign-in in which a factor was added. Raises the same. */
  finish(ticket: string, place: Continued): Promise<Admitted>;
  /** The sign-in that waits for a second factor. Raises `SIGN_IN_OVER`, `UNAVAILABLE`. */
  stepOf(ticket: string, from: SignInOrigin): Promise<FoundStep>;
  /** The sign-in that waits until a factor is added; `undefined` if the ticket is none of such a sign-in. */
  enrolling(ticket: string, from: Pick<SignInOrigin, "device" | "network">): Promise<Enrolling | undefined>;
  /** Deletes a bounded number of sign-ins that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface SignInDeps extends Omit<SecondStepDeps, "steps" | "trust"> {
  readonly store: SignInStore;
  readonly accounts: Pick<Accounts, "requiring" | "findByUuid">;
  readonly sessions: SessionStarts;
  readonly verification: Pick<Verification, "admit" | "refusalOf">;
  readonly notices: Pick<NewDeviceNotice, "tellRefused">;
  readonly places: Pick<KnownPlaces, "look">;
  /** Absent if devices are not trusted. */
  readonly trust?: DeviceTrust | undefined;
  readonly clock: Clock;
}

const ROWS_PER_CLEANING = 1000;

export function createSignIn(deps: SignInDeps): SignIn {
  const { store, accounts, sessions, verification, notices, places, trust, clock } = deps;
  const steps = createSteps(deps);
  const second = createSecondStep({ ...deps, steps });

  /** Whether the account may be let in at all, whatever was given. */
  const assertAdmissible = ({ uuid: subject, disabled, mustChangePassword }: Account) => {
    if (disabled) throw new AppError(accountErrors.USER_DISABLED, { subject });
    if (mustChangePassword) throw new AppError(accountErrors.PASSWORD_CHANGE_REQUIRED, { subject });
  };

  /** The last step: everything that was asked for has been given. */
  const start = async (
    account: Account,
    { methods, hasFactor, place }: Passed,
    { proven = place, ...at }: SignInPlace & { readonly step?: FoundStep; readonly trustDevice?: boolean },
  ): Promise<Admitted> => {
    await verification.admit(account, at.from).catch(async (refusal: unknown) => {
      // The place counts as known from now on, so the owner is told now or never.
      if (proven?.isNew) await notices.tellRefused(account, at.cause);
      await proven?.remember(accounts.requiring(account));
      throw refusal;
    });
    const trusting = at.trustDevice && hasFactor ? trust?.trusting(account, at.from) : undefined;
    const usesUp = at.step && store.taking(at.step.hash);
    const also = together(usesUp, trusting?.change);
    const session = await sessions
      .start(account, { ...at, ...(proven && { proven }), methods, hasFactor, also })
      .catch((error: unknown) => {
        // Another use of the ticket came first.
        throw error instanceof ChangeRefused ? steps.over() : error;
      });
    return { account, session, trustedDevice: trusting?.secret ?? null };
  };

  const find = async (ticket: string, step: "factor" | "enrolled", from: SignInOrigin) => {
    const found = await steps.find(ticket, step, from);
    if (found === undefined) throw steps.over();
    assertAdmissible(found.account);
    return found;
  };

  return {
    async admit(account, methods, place) {
      assertShown(methods);
      assertAdmissible(account);
      return start(account, await second.pass(account, methods, place), place);
    },

    async admitNewcomer(newcomer, methods, place) {
      assertShown(methods);
      const refusal = verification.refusalOf(newcomer);
      if (refusal !== undefined) return { refused: async () => refusal };
      if (deps.factors.isRequired(newcomer)) {
        return { refused: (account) => second.enrolmentOf(account, methods, place) };
      }
      return sessions.prepare(newcomer, { ...place, methods, hasFactor: isTwoFactors(methods) });
    },

    async assertFactor(account, methods, from) {
      if (account.factorGeneration === 0) return;
      await second.pass(account, methods, { from, lifetime: "accessMs", isStrict: true });
    },

    async provableBy(account) {
      return account.factorGeneration === 0 ? ["password"] : second.offeredTo(account, []);
    },

    takeFactor: (account, factor, from) => second.take(account, [], { factor, from }),

    async giveFactor({ ticket, factor, trustDevice = false }, place) {
      const step = await find(ticket, "factor", place.from);
      const before = async () => {
        if (!(await store.countTry(step.hash, MOST_TRIES))) throw steps.over();
      };
      const passed = await second.take(step.account, step.methods, { factor, from: place.from, before });
      return start(step.account, passed, { ...place, lifetime: step.lifetime, step, trustDevice });
    },

    async finish(ticket, place) {
      const step = await find(ticket, "enrolled", place.from);
      const proven = await (await places.look(step.account.uuid, place.from)).proven();
      const passed = { methods: step.methods, hasFactor: true, place: proven };
      return start(step.account, passed, { ...place, lifetime: step.lifetime, step });
    },

    stepOf: (ticket, from) => find(ticket, "factor", from),

    async enrolling(ticket, from) {
      const found = await steps.find(ticket, "enrol", from);
      if (found === undefined || found.account.disabled) return undefined;
      return {
        account: found.account,
        enrolled:
          (methods) =>
          ({ factorGeneration }) =>
            store.enrolled(found.hash, {
              methods: [...found.methods, ...methods].join(" "),
              factorGeneration,
            }),
      };
    },

    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

/** A surface that checks nothing must never let a caller in. */
function assertShown(methods: readonly Method[]): void {
  if (methods.length === 0) throw new Error("No method has proved whose account it is");
}
