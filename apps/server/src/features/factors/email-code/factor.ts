import { factorErrors } from "@latchkey/contracts/errors/sign-in";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import { AppError } from "../../../error.js";
import type { Clock } from "../../../world/clock.js";
import type { Account } from "../../accounts/service.js";
import { addressedTo, type Mail, type MailQuota } from "../../mail/service.js";
import type { Method, SecondFactor, SignInOrigin } from "../service.js";
import { hashOf, newCode, writtenFor } from "./hashes.js";
import { factorCodeLetter } from "./letters.js";
import { CODE_MS, readCode, spaced } from "./rules.js";
import type { CodeStore } from "./store.js";

/** A mailed code as a second factor, for accounts that have another one and a confirmed address. */
export interface EmailFactor extends SecondFactor {
  readonly kind: "emailCode";
  /**
   * Mails a code, which counts where it was asked for: on the same device, or without one in the same network. An
   * earlier code of that place no longer counts. `given` are the methods that the account has given already. Raises
   * `FACTOR_UNKNOWN` if it cannot give a mailed code, `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
   */
  send(
    account: Account,
    given: readonly Method[],
    from: SignInOrigin,
  ): Promise<{ readonly expiresInSeconds: number }>;
}

export interface EmailFactorDeps {
  readonly isOn: boolean;
  readonly store: CodeStore;
  readonly mail: Pick<Mail, "letter">;
  readonly quota: Pick<MailQuota, "within">;
  readonly clock: Clock;
}

const METHOD = "eml" satisfies Method;
const MINUTES = String(CODE_MS / 60_000);

export function createEmailFactor({ isOn, store, mail, quota, clock }: EmailFactorDeps): EmailFactor {
  const isOffered = ({ emailVerifiedAtMs, factorGeneration }: Account) =>
    isOn && emailVerifiedAtMs !== null && factorGeneration > 0;
  return {
    kind: "emailCode",
    amr: [METHOD],
    isOffered: async (account) => isOffered(account),

    async send(account, given, from) {
      const { uuid: by, email: to } = account;
      if (!isOffered(account) || given.includes(METHOD))
        throw new AppError(factorErrors.FACTOR_UNKNOWN, { subject: by });
      await quota.within({ letter: factorCodeLetter, to, by }, from, async () => {
        const createdAtMs = clock.nowMs();
        const code = newCode();
        const letter = {
          ...addressedTo(account, from.language()),
          values: { code: spaced(code.code), minutes: MINUTES },
        };
        const stored = {
          ...writtenFor(ticketOf(account, from), code),
          purpose: "factor",
          userId: account.id,
          epoch: account.sessionEpoch,
          addressKey: comparisonKey(to),
          tries: 0,
          spentAtMs: null,
          createdAtMs,
          expiresAtMs: createdAtMs + CODE_MS,
        } as const;
        await store.put(stored, mail.letter(factorCodeLetter, letter, CODE_MS));
      });
      return { expiresInSeconds: CODE_MS / 1000 };
    },

    async verify(account, given, from) {
      if (given.kind !== "emailCode" || !isOffered(account)) return false;
      const ticketHash = ticketOf(account, from);
      const hash = hashOf("code", ticketHash, readCode(given.code) ?? "");
      const nowMs = clock.nowMs();
      return (await store.judge({ ticketHash, kind: "code", hash, nowMs, spends: true })) === "right";
    },
  };
}

/** What a code is for: it ends with the account's password and its address, and counts where it was asked for. */
function ticketOf(
  { uuid, sessionEpoch, email }: Account,
  from: Pick<SignInOrigin, "device" | "network">,
): string {
  const place = from.device() ?? from.network();
  return hashOf("factor", uuid, String(sessionEpoch), comparisonKey(email), place);
}
