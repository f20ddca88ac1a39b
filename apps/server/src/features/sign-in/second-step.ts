import { signInErrors } from "@latchkey/contracts/errors/sign-in";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import { AppError } from "../../error.js";
import type { Account } from "../accounts/service.js";
import {
  type DeviceTrust,
  type FactorInput,
  type FactorKind,
  type Factors,
  factorOfCode,
  isTwoFactors,
  type Method,
  type SecondFactor,
  type SignInOrigin,
} from "../factors/service.js";
import type { Limits, Proven } from "../limits/service.js";
import type { SignInLifetime } from "../sessions/service.js";
import type { Steps } from "./steps.js";

/** What was given, when it is enough. */
export interface Passed {
  readonly methods: readonly Method[];
  /** Whether a second factor was given, or a first one that is two in one. */
  readonly hasFactor: boolean;
  /** Where the second factor was given. */
  readonly place?: Proven | undefined;
}

/** Decides what an account needs after its first method, and takes its second factor. */
export interface SecondStep {
  /**
   * Resolves if these methods are enough for the account, or become enough by what comes with the request: a code or,
   * if it may be one, a trusted device. Raises `FACTOR_REQUIRED`, `FACTOR_WRONG`, `ENROLMENT_REQUIRED`,
   * `RATE_LIMITED`, `UNAVAILABLE`.
   */
  pass(account: Account, methods: readonly Method[], place: StepFrom): Promise<Passed>;
  /**
   * Takes a factor. The guess counts as a wrong password of the account does, in the same counters; `before` is
   * called once that has been decided. Raises `FACTOR_WRONG`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  take(account: Account, methods: readonly Method[], taken: TakenFactor): Promise<Passed>;
  /** What an account that has a second factor can give, apart from these methods. */
  offeredTo(account: Account, methods: readonly string[]): Promise<readonly FactorKind[]>;
  /** `ENROLMENT_REQUIRED` for an account that must have a factor and has none. */
  enrolmentOf(account: Account, methods: readonly Method[], place: StepFrom): Promise<AppError>;
}

interface StepFrom {
  readonly from: SignInOrigin;
  readonly lifetime: SignInLifetime;
  /** Whether a trusted device is not enough. */
  readonly isStrict?: true;
}

interface TakenFactor {
  readonly factor: FactorInput;
  readonly from: SignInOrigin;
  readonly before?: () => Promise<void>;
}

export interface SecondStepDeps {
  readonly steps: Steps;
  readonly factors: Pick<Factors, "isRequired">;
  readonly secondFactors: readonly SecondFactor[];
  /** Absent if devices are not trusted. */
  readonly trust?: Pick<DeviceTrust, "isTrusted"> | undefined;
  readonly limits: Pick<Limits, "guard">;
}

export function createSecondStep(deps: SecondStepDeps): SecondStep {
  const { steps, factors, secondFactors, trust, limits } = deps;

  /** Kinds that these methods do not contain yet. */
  const othersThan = (methods: readonly string[]) =>
    secondFactors.filter(({ amr }) => !amr.every((method) => methods.includes(method)));

  const take: SecondStep["take"] = async (account, methods, { factor, from, before }) => {
    const { uuid: subject, email } = account;
    const kind = othersThan(methods).find((each) => each.kind === factor.kind);
    const { right, place } = await limits.guard({ subject, typed: comparisonKey(email), from }, async () => {
      await before?.();
      // An account without factors has nothing that could be given.
      const isAsked = kind !== undefined && account.factorGeneration > 0;
      return { right: isAsked && (await kind.verify(account, factor, from)) };
    });
    if (!right || kind === undefined) throw new AppError(signInErrors.FACTOR_WRONG, { subject });
    return { methods: [...methods, ...kind.amr], hasFactor: true, place };
  };

  const offeredTo: SecondStep["offeredTo"] = async (account, methods) => {
    const kinds = othersThan(methods);
    const isOffered = await Promise.all(kinds.map((kind) => kind.isOffered(account)));
    return kinds.filter((_, at) => isOffered[at]).map(({ kind }) => kind);
  };

  const enrolmentOf: SecondStep["enrolmentOf"] = async (account, methods, { from, lifetime }) => {
    const data = await steps.issue(account, { step: "enrol", lifetime, methods }, from);
    return new AppError(signInErrors.ENROLMENT_REQUIRED, { subject: account.uuid, data });
  };

  return {
    take,
    offeredTo,
    enrolmentOf,

    async pass(account, methods, place) {
      const { from, lifetime, isStrict } = place;
      if (isTwoFactors(methods)) return { methods, hasFactor: true };
      if (account.factorGeneration === 0) {
        if (!factors.isRequired(account)) return { methods, hasFactor: false };
        throw await enrolmentOf(account, methods, place);
      }
      const code = from.code();
      if (code !== undefined) return take(account, methods, { factor: factorOfCode(code), from });
      const device = isStrict ? undefined : from.trustedDevice();
      if (device !== undefined && (await trust?.isTrusted(account, device, from)) === true) {
        return { methods, hasFactor: false };
      }
      const issued = await steps.issue(account, { step: "factor", lifetime, methods }, from);
      const data = { ...issued, factors: [...(await offeredTo(account, methods))] };
      throw new AppError(signInErrors.FACTOR_REQUIRED, { subject: account.uuid, data });
    },
  };
}
