import { randomBytes } from "node:crypto";
import { factorErrors, signInErrors } from "@latchkey/contracts/errors/sign-in";
import type { Cause } from "../../../cause.js";
import { type ChangeOf, ChangeRefused, together } from "../../../database/change.js";
import { AppError, unavailable } from "../../../error.js";
import type { Clock } from "../../../world/clock.js";
import { timeOrderedId } from "../../../world/id.js";
import type { Log } from "../../../world/log.js";
import type { Seal } from "../../../world/seal.js";
import { CLOCK_TOLERANCE_MS, stillLasts } from "../../../world/times.js";
import type { Account } from "../../accounts/service.js";
import type { RecoveryCodes } from "../recovery-codes/service.js";
import type { FactorKeeper, Factors, KeptFactor, SecondFactor } from "../service.js";
import { toBase32 } from "./base32.js";
import { stepOf, type TotpSecret } from "./code.js";
import { fromStored, otpauthUri, toStored, usualSecret } from "./otpauth.js";
import { qrCodeSvg } from "./qr-code.js";
import { boundTo, examineSecrets } from "./secrets.js";
import type { TotpFactor, TotpStore } from "./store.js";

export { toBase32 } from "./base32.js";
export type { TotpSecret } from "./code.js";
export { fromStored, otpauthUri, parseOtpauthUri, toStored } from "./otpauth.js";
export { boundTo, examineSecrets, type StoredSecrets } from "./secrets.js";

/** An authenticator app that is being added: the only time that its secret is shown. */
export interface TotpEnrolment {
  readonly id: string;
  /** In Base32, for apps that cannot read the QR code. */
  readonly secret: string;
  readonly uri: string;
  /** An SVG image of the URI. */
  readonly qrCode: string;
  readonly expiresAtMs: number;
}

/** A code that shows that the app has the secret, and what is committed with the new factor. */
export interface TotpConfirmation {
  readonly id: string;
  readonly code: string;
  readonly also?: ChangeOf<Account> | undefined;
}

/** Codes of authenticator apps (RFC 6238) as a second factor. Each counts once. */
export interface Totp {
  readonly factor: SecondFactor;
  readonly keeper: FactorKeeper;
  /** Raises `TOO_MANY_FACTORS`, `FACTOR_UNKNOWN` if the account is gone, `UNAVAILABLE`. */
  begin(account: Account, name: string): Promise<TotpEnrolment>;
  /**
   * Adds the factor. An account that has no recovery codes gets a set of them. Raises `FACTOR_WRONG`,
   * `FACTOR_UNKNOWN` if the enrolment has expired, `TOO_MANY_FACTORS`, `UNAVAILABLE`, and rejects with
   * `ChangeRefused` if `also` does.
   */
  confirm(
    account: Account,
    confirmation: TotpConfirmation,
    cause: Cause,
  ): Promise<{ readonly factor: KeptFactor; readonly recoveryCodes: readonly string[] | null }>;
  /**
   * Seals all stored secrets under the first key. Resolves to how many it sealed, and how many it could not open.
   */
  reseal(): Promise<{ readonly resealed: number; readonly unreadable: number }>;
  /** Deletes a bounded number of enrolments that were never confirmed; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface TotpDeps {
  readonly store: TotpStore;
  readonly factors: Pick<Factors, "add">;
  readonly recoveryCodes: Pick<RecoveryCodes, "firstSet">;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly log: Log;
  /** What users call the service: apps show it with the codes. */
  readonly appName: string;
}

/** RFC 4226 4 recommends 160 bits. */
const SECRET_BYTES = 20;
const MOST_PER_ACCOUNT = 5;
const MOST_PENDING = 5;
/** How long an app may take to be set up. */
const PENDING_MS = 30 * 60_000;
const ROWS_PER_CLEANING = 1000;
/** How often another code of the same app may be used between a look and an update. */
const TRIES = 5;

export function createTotp(deps: TotpDeps): Totp {
  const { store, factors, recoveryCodes, seal, clock, log, appName } = deps;

  const secretOf = ({ id, secret }: Pick<TotpFactor, "id" | "secret">) => {
    const opened = seal.open(secret, boundTo(id));
    const read = opened === undefined ? undefined : fromStored(opened);
    if (read === undefined)
      log("error", "the secret of an authenticator app cannot be opened: check SEAL_KEY");
    return read;
  };

  /** Spends the code, if it is the factor's and was not used before; resolves to whether it was. */
  const spend = async (factor: TotpFactor, secret: TotpSecret, code: string): Promise<boolean> => {
    let { lastStep: from } = factor;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const nowMs = clock.nowMs();
      const to = stepOf(secret, code, { nowMs, lastStep: from });
      if (to === undefined) return false;
      if (await store.spend(factor, { from, to, atMs: nowMs })) return true;
      // Another code was used in the meantime, or this one.
      const now = await store.find(factor);
      if (now === undefined) return false;
      from = now.lastStep;
    }
    return false;
  };

  const assertRoom = async ({ id, uuid }: Account) => {
    if ((await store.listOf(id)).length < MOST_PER_ACCOUNT) return;
    throw new AppError(factorErrors.TOO_MANY_FACTORS, { subject: uuid });
  };

  return {
    factor: {
      kind: "totp",
      amr: ["otp"],
      isOffered: async (account) => (await store.listOf(account.id)).length > 0,
      async verify(account, given) {
        if (given.kind !== "totp") return false;
        const code = withoutBlanks(given.code);
        const all = await store.listOf(account.id);
        const readable = all.flatMap((factor) => {
          const secret = secretOf(factor);
          return secret === undefined ? [] : [{ factor, secret }];
        });
        // What was compared with at least one secret is a guess, and counts. Errors are not counted.
        if (readable.length === 0 && all.length > 0) throw unavailable();
        const spent = await Promise.all(readable.map(({ factor, secret }) => spend(factor, secret, code)));
        return spent.includes(true);
      },
    },

    keeper: {
      kind: "totp",
      listOf: async ({ id }) => (await store.listOf(id)).map(kept),
      rename: ({ id: userId }, id, name) => store.rename({ id, userId }, name),
      deletionOf: ({ id: userId }, id) => store.deletionOf({ id, userId }),
    },

    async begin(account, name) {
      await assertRoom(account);
      const createdAtMs = clock.nowMs();
      const secret = usualSecret(randomBytes(SECRET_BYTES));
      const id = timeOrderedId(createdAtMs);
      const begun = await store.begin(
        {
          ...{ id, userId: account.id, name, createdAtMs },
          secret: seal.seal(toStored(secret), boundTo(id)),
          ...{ lastStep: 0, confirmedAtMs: null, lastUsedAtMs: null },
        },
        MOST_PENDING,
      );
      if (!begun) throw new AppError(factorErrors.FACTOR_UNKNOWN, { subject: account.uuid });
      const uri = otpauthUri(secret, { issuer: appName, account: account.email });
      const expiresAtMs = createdAtMs + PENDING_MS;
      return { id, secret: toBase32(secret.bytes), uri, qrCode: qrCodeSvg(uri), expiresAtMs };
    },

    async confirm(account, { id, code, also }, cause) {
      const subject = account.uuid;
      const nowMs = clock.nowMs();
      const named = { id, userId: account.id };
      const pending = await store.find(named);
      const lasts = pending && stillLasts({ beganAtMs: pending.createdAtMs, lengthMs: PENDING_MS }, nowMs);
      if (pending === undefined || pending.confirmedAtMs !== null || !lasts) {
        throw new AppError(factorErrors.FACTOR_UNKNOWN, { subject });
      }
      await assertRoom(account);
      const secret = secretOf(pending);
      if (secret === undefined) throw unavailable();
      const lastStep = stepOf(secret, withoutBlanks(code), { nowMs, lastStep: 0 });
      if (lastStep === undefined) throw new AppError(signInErrors.FACTOR_WRONG, { subject });
      const first = await recoveryCodes.firstSet(account);
      const insertion = store.confirmation(named, { lastStep, atMs: nowMs, most: MOST_PER_ACCOUNT });
      const added = { kind: "totp", name: pending.name, insertion } as const;
      const committed = { ...added, also: (after: Account) => together(also?.(after), first?.change) };
      await factors.add(account, committed, cause).catch(async (error: unknown) => {
        if (!(error instanceof ChangeRefused)) throw error;
        // Another one was confirmed in the meantime, or this one.
        await assertRoom(account);
        const now = await store.find(named);
        throw now?.confirmedAtMs === null ? error : new AppError(factorErrors.FACTOR_UNKNOWN, { subject });
      });
      return { factor: kept({ ...pending, confirmedAtMs: nowMs }), recoveryCodes: first?.codes ?? null };
    },

    async reseal() {
      let resealed = 0;
      const { unreadable } = await examineSecrets(store, seal, async ({ id, secret: from }, opened) => {
        if (opened === undefined || !seal.isOutdated(from)) return;
        const to = seal.seal(opened, boundTo(id));
        if (await store.replaceSecret({ id }, { from, to })) resealed += 1;
      });
      return { resealed, unreadable };
    },

    deleteOver() {
      const nowMs = clock.nowMs();
      const bounds = { beforeMs: nowMs - PENDING_MS, afterMs: nowMs + CLOCK_TOLERANCE_MS };
      return store.deletePending({ ...bounds, limit: ROWS_PER_CLEANING });
    },
  };
}

function kept({ id, name, createdAtMs, lastUsedAtMs }: TotpFactor): KeptFactor {
  return { id, kind: "totp", name, createdAtMs, lastUsedAtMs };
}

/** Apps show codes in two groups. */
function withoutBlanks(code: string): string {
  return code.replace(/\s/g, "");
}
