import { emailCodeErrors } from "@latchkey/contracts/errors/email-code";
import { mailErrors } from "@latchkey/contracts/errors/mail";
import { signInErrors } from "@latchkey/contracts/errors/sign-in";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import { type Cause, recordedAs } from "../../../cause.js";
import { ChangeRefused, together } from "../../../database/change.js";
import { AppError } from "../../../error.js";
import type { Clock } from "../../../world/clock.js";
import type { Account, Accounts } from "../../accounts/service.js";
import type { Credentials } from "../../credentials/service.js";
import type { KnownPlaces, Proven } from "../../known-places/service.js";
import type { Limits } from "../../limits/service.js";
import type { Mail, MailQuota } from "../../mail/service.js";
import type { Opener, Ownership } from "../../ownership/service.js";
import type { SignInOrigin } from "../service.js";
import { hashOf, newCode, newSecret, writtenFor } from "./hashes.js";
import { signInCodeLetter } from "./letters.js";
import { CODE_MS, fits, isOpen, readCode } from "./rules.js";
import type { CodeStore, Judgement } from "./store.js";

/** What was mailed, and the ticket with which it was asked for. */
export interface MailedCode {
  readonly ticket: string;
  /** The code, or the secret of the link. */
  readonly code: string;
  /** Set if the account's address was never confirmed; otherwise ignored. */
  readonly newPassword?: string | undefined;
}

/** Signing in with a mailed code or link, in place of the password. It counts as one factor. */
export interface EmailSignIn {
  /**
   * Has a code and a link mailed to the owner of an address, if it has an account. The answer is the same if not. Raises
   * `EMAIL_SIGN_IN_OFF`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
   */
  request(
    email: string,
    from: Pick<SignInOrigin, "network" | "site" | "language">,
  ): Promise<{ readonly ticket: string; readonly expiresInSeconds: number }>;
  /**
   * Spends a code: of many uses at once exactly one succeeds. Only the client that asked for it has the ticket, so
   * that what is read in the mailbox, by its owner or by a scanner, is of no use anywhere else. An address that was
   * never confirmed may have been registered by another person: then the code counts where the account's owner is, or
   * sets a new password. Does not decide whether the account may be let in. Raises `EMAIL_SIGN_IN_OFF`, `CODE_WRONG`,
   * `SIGN_IN_OVER`, `NEW_PASSWORD_REQUIRED`, `PASSWORD_TOO_COMMON`, `RATE_LIMITED`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
   */
  complete(
    mailed: MailedCode,
    from: Opener,
    cause: Cause,
  ): Promise<{ readonly account: Account; readonly method: "eml"; readonly place: Proven }>;
}

export interface EmailSignInDeps {
  readonly isOn: boolean;
  readonly store: CodeStore;
  readonly accounts: Pick<Accounts, "findByUuid" | "confirmAddress">;
  readonly credentials: Pick<Credentials, "recover">;
  readonly ownership: Ownership;
  readonly places: Pick<KnownPlaces, "forgetting">;
  readonly mail: Pick<Mail, "asking">;
  readonly quota: Pick<MailQuota, "within">;
  readonly limits: Pick<Limits, "guard" | "within">;
  readonly clock: Clock;
}

const WRONG_FROM_STRANGERS = { of: "wrong mailed codes", limit: 30, windowMs: 24 * 60 * 60_000 };

/** Takes back what was counted for a right code. */
class Right extends Error {}

export function createEmailSignIn(deps: EmailSignInDeps): EmailSignIn {
  const { store, accounts, credentials, ownership, places, mail, quota, limits, clock } = deps;
  const assertOn = () => {
    if (!deps.isOn) throw new AppError(emailCodeErrors.EMAIL_SIGN_IN_OFF);
  };
  const over = (account?: Account) => new AppError(signInErrors.SIGN_IN_OVER, { subject: account?.uuid });

  /** The code of a ticket and its account, as far as it can still be used. */
  const find = async (ticketHash: string) => {
    const found = await store.find(ticketHash);
    // Asked for unknown addresses as well: equal work.
    const account = await accounts.findByUuid(found?.subject ?? ticketHash);
    if (found?.purpose !== "sign-in" || !isOpen(found, clock.nowMs())) return undefined;
    if (found.userId === null) return { addressKey: found.addressKey };
    const isFitting = account !== undefined && fits(found, account, comparisonKey(account.email));
    return isFitting ? { addressKey: found.addressKey, account } : undefined;
  };

  /**
   * Judges a code from a place where the owner has not signed in before. Strangers can ask for ever more codes, so that
   * wrong ones are bounded for the address as well; right ones do not count.
   */
  const bounded = (addressKey: string, judge: () => Promise<Judgement>): Promise<Judgement> =>
    limits
      .within(WRONG_FROM_STRANGERS, addressKey, async () => {
        const judged = await judge();
        if (judged === "right") throw new Right();
        return judged;
      })
      .catch((error: unknown) => {
        if (error instanceof Right) return "right";
        throw error;
      });

  /** Makes the first proof of an address count; `undefined` if the account has changed in the meantime. */
  const confirm = async (
    account: Account,
    {
      ticketHash,
      newPassword: password,
    }: { readonly ticketHash: string; readonly newPassword?: string | undefined },
    from: Opener,
    cause: Cause,
  ) => {
    const spending = store.spending(ticketHash, clock.nowMs());
    if (await ownership.isOwner(account, from)) {
      return accounts.confirmAddress(account, spending, recordedAs("verification.complete", cause));
    }
    if (password === undefined)
      throw new AppError(mailErrors.NEW_PASSWORD_REQUIRED, { subject: account.uuid });
    const turn = { kind: "recovery", from } as const;
    const usesUp = together(spending, places.forgetting(account.uuid));
    return credentials.recover(account, { password, turn, usesUp }, recordedAs("recovery.complete", cause));
  };

  return {
    async request(email, from) {
      assertOn();
      const ticket = newSecret();
      const ticketHash = hashOf("ticket", ticket);
      const site = from.site();
      // No account is looked up here, so that the response time reveals nothing.
      await quota.within({ letter: signInCodeLetter, to: email, by: site }, from, () => {
        const createdAtMs = clock.nowMs();
        const code = {
          // Replaced when a code is mailed: until then none is right.
          ...writtenFor(ticketHash, newCode()),
          purpose: "sign-in",
          userId: null,
          epoch: 0,
          addressKey: comparisonKey(email),
          tries: 0,
          spentAtMs: null,
          createdAtMs,
          expiresAtMs: createdAtMs + CODE_MS,
        } as const;
        return store.insert(
          code,
          mail.asking(signInCodeLetter, { to: email, language: from.language(), from: site }),
        );
      });
      return { ticket, expiresInSeconds: CODE_MS / 1000 };
    },

    async complete({ ticket, code, newPassword }, from, cause) {
      assertOn();
      const ticketHash = hashOf("ticket", ticket);
      const found = await find(ticketHash);
      const account = found?.account;
      const isConfirmed = account?.emailVerifiedAtMs !== null;
      const guess =
        found === undefined ? { from } : { subject: account?.uuid, typed: found.addressKey, from };
      const digits = readCode(code);
      const given =
        digits === undefined
          ? ({ kind: "link", hash: hashOf("link", ticketHash, code) } as const)
          : ({ kind: "code", hash: hashOf("code", ticketHash, digits) } as const);
      const judge = () => store.judge({ ticketHash, ...given, nowMs: clock.nowMs(), spends: isConfirmed });
      const { judged, place } = await limits.guard(guess, async (isKnown) => {
        if (found === undefined) return { right: false, judged: "over" as const };
        const judged = isKnown ? await judge() : await bounded(found.addressKey, judge);
        return { right: judged === "right", judged };
      });
      if (judged === "wrong") throw new AppError(emailCodeErrors.CODE_WRONG, { subject: account?.uuid });
      if (judged === "over" || account === undefined) throw over(account);
      if (isConfirmed) return { account, method: "eml", place };
      const changed = await confirm(account, { ticketHash, newPassword }, from, cause).catch(
        (error: unknown) => {
          throw error instanceof ChangeRefused ? over(account) : error;
        },
      );
      if (changed === undefined) throw over(account);
      return { account: changed, method: "eml", place };
    },
  };
}
