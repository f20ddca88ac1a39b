import { passkeyErrors } from "@latchkey/contracts/errors/passkeys";
import { factorErrors } from "@latchkey/contracts/errors/sign-in";
import type { Cause } from "../../../cause.js";
import { type ChangeOf, ChangeRefused } from "../../../database/change.js";
import { AppError } from "../../../error.js";
import type { Clock } from "../../../world/clock.js";
import type { Account, Accounts } from "../../accounts/service.js";
import type { Audit } from "../../audit/service.js";
import type { Limits, Network, Origin, Proven } from "../../limits/service.js";
import type { FactorInput, FactorKeeper, Factors, Method, SecondFactor, SignInOrigin } from "../service.js";
import { type AssertionCredential, type AssertionRefusal, verifyAssertion } from "./assertion.js";
import type { Challenges } from "./challenges.js";
import {
  type CreationOptions,
  creationOptions,
  type RequestOptions,
  requestOptions,
  type User,
  userHandleOf,
  userOf,
  uuidOf,
} from "./options.js";
import { type RegistrationCredential, verifyRegistration } from "./registration.js";
import type { RelyingParty } from "./relying-party.js";
import type { Passkey, PasskeyStore } from "./store.js";

export type { Passkey } from "./store.js";

/** An account whose passkey was just used, with its user verified. */
export interface PasskeyVerified {
  readonly account: Account;
  readonly method: "hwk";
  /** Where it was used, to be remembered with the session that it starts. */
  readonly place: Proven;
}

/** Who adds a passkey: the user of a session, or of a sign-in that cannot go on without a second factor. */
export interface Enrolling {
  readonly account: Account;
  /** Committed with the passkey: its methods count as given. */
  enrolled(methods: readonly Method[]): ChangeOf<Account>;
}

/** Passkeys: to sign in without a password, and as second factors. */
export interface Passkeys {
  /** For a sign-in with any passkey of the domain. Raises `TOO_MANY_REQUESTS`, `UNAVAILABLE`. */
  signInOptions(from: Network): Promise<RequestOptions>;
  /**
   * Finds out whose passkey was used. Does not decide whether the account may be let in. Raises
   * `PASSKEY_UNKNOWN`, `PASSKEY_REFUSED`, `CHALLENGE_OVER`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  verify(credential: AssertionCredential, from: Origin): Promise<PasskeyVerified>;
  /** For one of the account's own passkeys. Raises `TOO_MANY_REQUESTS`, `UNAVAILABLE`. */
  factorOptions(account: Account, from: Network): Promise<RequestOptions>;
  /** Raises `TOO_MANY_FACTORS`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`. */
  registrationOptions(account: Account, from: Network): Promise<CreationOptions>;
  /**
   * Adds a passkey. Raises `PASSKEY_INVALID`, `PASSKEY_TAKEN`, `TOO_MANY_FACTORS`, `CHALLENGE_OVER`,
   * `USER_NOT_FOUND`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`.
   */
  register(
    enrolling: Enrolling,
    added: { readonly name: string; readonly credential: RegistrationCredential },
    cause: Cause,
  ): Promise<Passkey>;
  /** The account and its passkeys as browsers know them. */
  describe(account: Account): Promise<{
    readonly rpId: string;
    readonly user: User;
    readonly passkeys: readonly Passkey[];
  }>;
  /** As a second factor. */
  readonly factor: SecondFactor;
  readonly keeper: FactorKeeper;
  /** Deletes a bounded number of expired challenges; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface PasskeyDeps {
  readonly store: PasskeyStore;
  readonly challenges: Challenges;
  readonly accounts: Pick<Accounts, "findByUuid">;
  readonly factors: Pick<Factors, "add">;
  readonly limits: Pick<Limits, "guard" | "changing">;
  readonly audit: Pick<Audit, "recordFailure">;
  readonly clock: Clock;
  readonly rp: RelyingParty;
}

/** More than users have devices and keys. */
const MOST_PASSKEYS = 20;

/** Why an assertion does not count; `challenge over` if it is not for a challenge that does. */
type Refused = AssertionRefusal | "challenge over";

export function createPasskeys(deps: PasskeyDeps): Passkeys {
  const { store, challenges, accounts, factors, limits, audit, clock, rp } = deps;

  /** Those that work where the pages are now. */
  const usable = async ({ id }: Pick<Account, "id">) =>
    (await store.listOf(id)).filter(({ rpId }) => rpId === rp.id);

  /** Judges an assertion and spends its challenge; `undefined` if it is right. */
  const refusalOf = async (
    credential: AssertionCredential,
    passkey: Passkey,
    { account, isAlone }: { readonly account: Account; readonly isAlone: boolean },
  ): Promise<Refused | undefined> => {
    const of = isAlone
      ? { purpose: "signIn" as const, userId: null }
      : { purpose: "factor" as const, userId: account.id };
    const challenge = await challenges.spend(credential.response.clientDataJSON, of);
    if (challenge === undefined) return "challenge over";
    const verdict = verifyAssertion(credential, passkey, {
      ...{ challenge, origins: rp.origins, rpId: rp.id },
      userHandle: userHandleOf(account),
      needsUserHandle: isAlone,
      needsUserVerification: isAlone,
    });
    if ("refused" in verdict) return verdict.refused;
    const isNoted = await store.use(passkey.id, { ...verdict.asserted, usedAtMs: clock.nowMs() });
    return isNoted ? undefined : "counter";
  };

  const tellCopied = ({ uuid }: Account, from: SignInOrigin) =>
    audit.recordFailure({
      ...{ action: "passkeys.copied", outcome: passkeyErrors.PASSKEY_REFUSED.code },
      ...{ actor: "anonymous", subject: uuid, network: from.network() },
      ...{ address: from.address(), userAgent: from.userAgent(), details: { reason: "counter" } },
    });

  const factor: SecondFactor = {
    kind: "passkey",
    amr: ["swk"],
    isOffered: async (account) => (await usable(account)).length > 0,
    async verify(account, given: FactorInput, from) {
      if (given.kind !== "passkey") return false;
      const passkey = await store.find(given.credential.id);
      if (passkey?.userId !== account.id) return false;
      const refused = await refusalOf(given.credential, passkey, { account, isAlone: false });
      if (refused === "counter") tellCopied(account, from);
      return refused === undefined;
    },
  };

  const keeper: FactorKeeper = {
    kind: "passkey",
    listOf: async ({ id }) =>
      (await store.listOf(id)).map(({ id, name, createdAtMs, lastUsedAtMs }) => {
        return { id, kind: "passkey", name, createdAtMs, lastUsedAtMs };
      }),
    rename: ({ id: userId }, id, name) => store.rename(userId, id, name),
    deletionOf: ({ id: userId }, id) => store.deletionOf(userId, id),
  };

  return {
    factor,
    keeper,
    deleteOver: challenges.deleteOver,

    async signInOptions(from) {
      return requestOptions(await challenges.issue({ purpose: "signIn", userId: null }, from), { rp });
    },

    async verify(credential, from) {
      const [passkey, account] = await Promise.all([
        store.find(credential.id),
        accounts.findByUuid(uuidOf(credential.response.userHandle) ?? ""),
      ]);
      const { refused, owner, place } = await limits.guard({ subject: account?.uuid, from }, async () => {
        const owner = passkey !== undefined && account?.id === passkey.userId ? account : undefined;
        if (passkey === undefined || owner === undefined) return { right: false, refused: "unknown", owner };
        const refused = await refusalOf(credential, passkey, { account: owner, isAlone: true });
        return { right: refused === undefined, refused, owner };
      });
      if (owner !== undefined && refused === undefined) return { account: owner, method: "hwk", place };
      if (passkey === undefined) throw new AppError(passkeyErrors.PASSKEY_UNKNOWN);
      const subject = owner?.uuid;
      if (refused === "challenge over") throw new AppError(passkeyErrors.CHALLENGE_OVER, { subject });
      throw new AppError(passkeyErrors.PASSKEY_REFUSED, { subject, reason: refused ?? "user handle" });
    },

    async factorOptions(account, from) {
      const challenge = await challenges.issue({ purpose: "factor", userId: account.id }, from);
      return requestOptions(challenge, { passkeys: await usable(account), rp });
    },

    async registrationOptions(account, from) {
      const passkeys = await store.listOf(account.id);
      if (passkeys.length >= MOST_PASSKEYS) throw new AppError(factorErrors.TOO_MANY_FACTORS);
      const challenge = await challenges.issue({ purpose: "registration", userId: account.id }, from);
      return creationOptions(challenge, { account, passkeys, rp });
    },

    async register({ account, enrolled }, { name, credential }, cause) {
      const subject = account.uuid;
      const of = { purpose: "registration", userId: account.id } as const;
      const challenge = await challenges.spend(credential.response.clientDataJSON, of);
      if (challenge === undefined) throw new AppError(passkeyErrors.CHALLENGE_OVER, { subject });
      const verdict = verifyRegistration(credential, { challenge, origins: rp.origins, rpId: rp.id });
      if ("refused" in verdict)
        throw new AppError(passkeyErrors.PASSKEY_INVALID, { subject, reason: verdict.refused });
      const shown = { userId: account.id, name, createdAtMs: clock.nowMs(), lastUsedAtMs: null };
      const passkey = { ...verdict.passkey, ...shown };
      const insertion = store.insertion(passkey, MOST_PASSKEYS);
      const also = enrolled([verdict.passkey.isUserVerified ? "hwk" : "swk"]);
      const added = { kind: "passkey", name, insertion, also } as const;
      try {
        await limits.changing("passkeys", account.uuid, () => factors.add(account, added, cause));
      } catch (error) {
        throw error instanceof ChangeRefused ? await explain(passkey) : error;
      }
      return passkey;
    },

    async describe(account) {
      return { rpId: rp.id, user: userOf(account), passkeys: await store.listOf(account.id) };
    },
  };

  /** Why a passkey could not be added. */
  async function explain({ id, userId }: Passkey): Promise<AppError> {
    if ((await store.find(id)) !== undefined) return new AppError(passkeyErrors.PASSKEY_TAKEN);
    const isFull = (await store.listOf(userId)).length >= MOST_PASSKEYS;
    // Otherwise the sign-in or the session that adds it is over.
    return new AppError(isFull ? factorErrors.TOO_MANY_FACTORS : passkeyErrors.CHALLENGE_OVER);
  }
}
