import { factorErrors } from "@latchkey/contracts/errors/sign-in";
import type { Cause } from "../../../cause.js";
import type { Change } from "../../../database/change.js";
import { AppError } from "../../../error.js";
import type { Clock } from "../../../world/clock.js";
import type { Account } from "../../accounts/service.js";
import type { Events } from "../../events/service.js";
import type { SecondFactor, SignInOrigin } from "../service.js";
import { hashOfCode, isRecoveryCode, makeCodes } from "./code.js";
import { recoveryCodesRenewed, recoveryCodeUsed } from "./events.js";
import type { RecoveryCodeStore } from "./store.js";

export { recoveryCodesRenewed, recoveryCodeUsed } from "./events.js";

/**
 * Recovery codes, for users whose other factors are lost. They are shown once, each counts once, and they exist as
 * long as the account has another factor.
 */
export interface RecoveryCodes {
  readonly factor: SecondFactor;
  /** How many are left. */
  countOf(account: Pick<Account, "id">): Promise<number>;
  /** A first set, to be committed with a factor; `undefined` if the account has codes that count. */
  firstSet(
    account: Pick<Account, "id" | "uuid">,
  ): Promise<{ readonly codes: readonly string[]; readonly change: Change } | undefined>;
  /** A new set in place of all earlier codes. Raises `NO_FACTOR`, `UNAVAILABLE`. */
  renew(account: Account, cause: Cause): Promise<readonly string[]>;
  /** Deletes all codes of an account, with the change that removes its last factor. */
  ending(account: Pick<Account, "id">): Change;
}

export interface RecoveryCodeDeps {
  readonly store: RecoveryCodeStore;
  readonly events: Pick<Events, "of">;
  readonly clock: Clock;
}

export function createRecoveryCodes({ store, events, clock }: RecoveryCodeDeps): RecoveryCodes {
  const make = ({ uuid }: Pick<Account, "uuid">) => {
    const codes = makeCodes();
    return { codes, hashes: codes.map((code) => hashOfCode(uuid, code)) };
  };

  return {
    factor: {
      kind: "recoveryCode",
      amr: ["rcv"],
      isOffered: async ({ id }) => (await store.countOf(id)) > 0,
      async verify(account, given, from) {
        if (given.kind !== "recoveryCode" || !isRecoveryCode(given.code)) return false;
        const { id: userId, uuid } = account;
        const before = await store.countOf(userId);
        const left = Math.max(0, before - 1);
        const told = events.of(causeOf(account, from), recoveryCodeUsed, {
          ...{ subject: uuid, account, left },
          details: { count: left },
        });
        return store.use({ userId, hash: hashOfCode(uuid, given.code), atMs: clock.nowMs() }, told);
      },
    },

    countOf: ({ id }) => store.countOf(id),

    async firstSet(account) {
      if ((await store.countOf(account.id)) > 0) return undefined;
      const { codes, hashes } = make(account);
      return { codes, change: store.replacing(account.id, hashes, clock.nowMs()) };
    },

    async renew(account, cause) {
      const { id, uuid: subject, factorGeneration } = account;
      const { codes, hashes } = make(account);
      const told = events.of(cause, recoveryCodesRenewed, { subject, account });
      const hasFactor = factorGeneration > 0;
      if (hasFactor && (await store.replace(id, hashes, clock.nowMs(), told))) return codes;
      throw new AppError(factorErrors.NO_FACTOR, { subject });
    },

    ending: ({ id }) => store.deletionOf(id),
  };
}

/** A code is spent in a commit of its own, before it is known whether the sign-in succeeds. */
function causeOf({ uuid }: Account, from: SignInOrigin): Cause {
  return Object.freeze({
    action: "recovery_codes.use",
    actor: uuid,
    subject: uuid,
    address: from.address(),
    userAgent: from.userAgent(),
    language: from.language(),
  });
}
