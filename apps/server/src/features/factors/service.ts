import { accountErrors, changeErrors } from "@latchkey/contracts/errors/account";
import { type FactorKind, factorErrors } from "@latchkey/contracts/errors/sign-in";
import type { FactorInput } from "@latchkey/contracts/fields/factor";
import type { Language } from "@latchkey/contracts/kit/language";
import type { Cause } from "../../cause.js";
import { type Change, type ChangeOf, ChangeRefused, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import type { Origin } from "../known-places/service.js";
import { factorsChanged } from "./events.js";
import { type FactorPolicy, type Method, mustHaveFactor } from "./rules.js";

export type { FactorKind } from "@latchkey/contracts/errors/sign-in";
export type { FactorInput } from "@latchkey/contracts/fields/factor";
export { isTwoFactors } from "../sessions/service.js";
export { factorsChanged } from "./events.js";
export { type FactorPolicy, factorOfCode, type Method } from "./rules.js";

/** Where a request comes from, as far as admission needs it. */
export interface SignInOrigin extends Origin {
  /** The user agent that the client sends. */
  userAgent(): string | undefined;
  language(): Language;
  /** A second factor that is given with the sign-in, as its user typed it. */
  code(): string | undefined;
  /** The secret of a device that the client says is trusted. */
  trustedDevice(): string | undefined;
}

/** Devices on which the second factor of an account is not asked for at each sign-in. */
export interface DeviceTrust {
  /** Whether the account trusts the device that has this secret. */
  isTrusted(account: Account, secret: string, from: SignInOrigin): Promise<boolean>;
  /**
   * Trusts the device on which a second factor was just given: its secret, and what is committed with the session.
   * `undefined` if the operator does not allow it.
   */
  trusting(
    account: Account,
    from: SignInOrigin,
  ): { readonly secret: string; readonly change: Change } | undefined;
}

/** A kind of second factor, as a sign-in asks for it. */
export interface SecondFactor {
  readonly kind: FactorKind;
  /** Methods of RFC 8176 (`amr`) that a session has by it. */
  readonly amr: readonly Method[];
  /** Whether the account can give it now. Of an account without factors it is never asked. */
  isOffered(account: Account): Promise<boolean>;
  /**
   * Checks and spends what was given, by compare-and-set in a commit of its own: `true` for exactly one of many
   * callers. The caller counts the guess. Raises `UNAVAILABLE`.
   */
  verify(account: Account, given: FactorInput, from: SignInOrigin): Promise<boolean>;
}

/** A factor that an account has. */
export interface KeptFactor {
  readonly id: string;
  readonly kind: KeptKind;
  /** Chosen by its owner. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
}

/** Kinds of which an account has factors of its own, which make that it has a second factor. */
export type KeptKind = Extract<FactorKind, "totp" | "passkey">;

/** What keeps the factors of a kind. */
export interface FactorKeeper {
  readonly kind: KeptKind;
  /** The factors that count: none whose enrolment is not confirmed. */
  listOf(account: Pick<Account, "id">): Promise<readonly KeptFactor[]>;
  /** Resolves to whether there is such a factor of the account. */
  rename(account: Pick<Account, "id">, id: string, name: string): Promise<boolean>;
  /** Deletes the factor; refuses the change that it is committed with (`ChangeRefused`) if it is gone. */
  deletionOf(account: Pick<Account, "id">, id: string): Change;
}

/** A factor that is being added. */
export interface AddedFactor extends Pick<KeptFactor, "kind" | "name"> {
  /** Refuses the change (`ChangeRefused`) if the factor cannot be added any more. */
  readonly insertion: Change;
  /** What else is committed with it. */
  readonly also?: ChangeOf<Account> | undefined;
}

/** The list of an account's second factors. Each change of the set gives the account another generation. */
export interface Factors {
  /** Adds a kind of factors. Called at start. */
  keep(keeper: FactorKeeper): void;
  /** Adds what ends with the last factor of an account, such as its recovery codes. Called at start. */
  endWithLast(ending: (account: Pick<Account, "id">) => Change): void;
  /** Whether the account must have a second factor. */
  isRequired(account: Pick<Account, "role">): boolean;
  /** The factors, the oldest first. */
  listOf(account: Pick<Account, "id">): Promise<readonly KeptFactor[]>;
  /**
   * Resolves to the account after the change. Raises `USER_NOT_FOUND`, `UNAVAILABLE`, and rejects with
   * `ChangeRefused` if the insertion does.
   */
  add(account: Pick<Account, "id">, added: AddedFactor, cause: Cause): Promise<Account>;
  /** Raises `FACTOR_UNKNOWN`, `UNAVAILABLE`. */
  rename(account: Pick<Account, "id">, id: string, name: string): Promise<void>;
  /**
   * Resolves to the account after the change. Raises `FACTOR_UNKNOWN`, `USER_NOT_FOUND`, `USER_CHANGED`,
   * `UNAVAILABLE`.
   */
  remove(account: Account, id: string, cause: Cause): Promise<Account>;
  /**
   * Removes all factors, for administrators and the operator. Resolves to how many there were. Raises
   * `USER_NOT_FOUND`, `USER_CHANGED`, `UNAVAILABLE`.
   */
  reset(account: Account, cause: Cause): Promise<number>;
}

interface Deps {
  readonly accounts: Pick<Accounts, "change" | "findByUuid">;
  readonly events: Pick<Events, "of">;
  readonly policy: FactorPolicy;
}

/** How often the set may change between being read and being changed. */
const TRIES = 5;

export function createFactors({ accounts, events, policy }: Deps): Factors {
  const keepers: FactorKeeper[] = [];
  const endings: Array<(account: Pick<Account, "id">) => Change> = [];

  const listOf: Factors["listOf"] = async (account) => {
    const lists = await Promise.all(keepers.map((keeper) => keeper.listOf(account)));
    return lists.flat().sort((one, other) => one.createdAtMs - other.createdAtMs);
  };

  const deletionOf = (account: Pick<Account, "id">, { kind, id }: KeptFactor) =>
    keepers.find((keeper) => keeper.kind === kind)?.deletionOf(account, id);

  /** Removes what is chosen of the factors as they are at the commit. */
  const removeSome = async (
    { uuid }: Account,
    choose: (all: readonly KeptFactor[]) => readonly KeptFactor[],
    change: "removed" | "reset",
    cause: Cause,
  ) => {
    for (let tries = 1; ; tries++) {
      // Read before the list: if the set changes after that, so has the generation.
      const account = await accounts.findByUuid(uuid);
      if (account === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
      const all = await listOf(account);
      const gone = choose(all);
      if (gone.length === 0) return { account, count: 0 };
      const remain = gone.length < all.length;
      const facts = { subject: uuid, change, factors: gone, details: { factor: gone[0]?.kind } };
      const result = await accounts
        .change(
          account,
          { values: {}, factors: { remain, ifGeneration: account.factorGeneration } },
          ({ after }) =>
            together(
              ...gone.map((factor) => deletionOf(after, factor)),
              ...(remain ? [] : endings.map((ending) => ending(after))),
              events.of(cause, factorsChanged, { ...facts, account: after }),
            ),
          { cause },
        )
        .catch((error: unknown) => {
          if (error instanceof ChangeRefused && tries < TRIES) return undefined;
          throw error;
        });
      if (result !== undefined && "changed" in result) return { account: result.changed, count: gone.length };
      if (tries === TRIES) throw new AppError(changeErrors.USER_CHANGED, { subject: uuid });
    }
  };

  return {
    keep: (keeper) => void keepers.push(keeper),
    endWithLast: (ending) => void endings.push(ending),
    isRequired: (account) => mustHaveFactor(account, policy),
    listOf,

    async add(account, { kind, name, insertion, also }, cause) {
      const factors = [{ kind, name }];
      const result = await accounts.change(
        account,
        { values: {}, factors: { remain: true } },
        ({ after }) =>
          together(
            insertion,
            also?.(after),
            events.of(cause, factorsChanged, {
              subject: after.uuid,
              account: after,
              change: "added",
              factors,
              details: { factor: kind },
            }),
          ),
        { cause },
      );
      if ("changed" in result) return result.changed;
      throw new AppError(accountErrors.USER_NOT_FOUND);
    },

    async rename(account, id, name) {
      for (const keeper of keepers) if (await keeper.rename(account, id, name)) return;
      throw new AppError(factorErrors.FACTOR_UNKNOWN);
    },

    async remove(account, id, cause) {
      const choose = (all: readonly KeptFactor[]) => all.filter((factor) => factor.id === id);
      const { account: after, count } = await removeSome(account, choose, "removed", cause);
      if (count === 0) throw new AppError(factorErrors.FACTOR_UNKNOWN, { subject: account.uuid });
      return after;
    },

    reset: async (account, cause) => (await removeSome(account, (all) => all, "reset", cause)).count,
  };
}

/** Everything about a factor that is ever shown. */
export function describeFactor({ id, kind, name, createdAtMs, lastUsedAtMs }: KeptFactor) {
  const lastUsedAt = lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString();
  return { id, kind, name, createdAt: new Date(createdAtMs).toISOString(), lastUsedAt };
}
