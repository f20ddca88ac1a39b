import { createHash, randomBytes } from "node:crypto";
import { accountErrors } from "@latchkey/contracts/errors/account";
import { signInErrors } from "@latchkey/contracts/errors/sign-in";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Method, SignInOrigin } from "../factors/service.js";
import { digest } from "../known-places/service.js";
import type { SignInLifetime } from "../sessions/service.js";
import { isOpen, isSamePlace, SIGN_IN_MS, type StepPlace } from "./rules.js";
import type { SignInStep, SignInStore } from "./store.js";

/** A sign-in in progress, found by its ticket. */
export interface FoundStep {
  /** SHA-256 of the ticket. */
  readonly hash: string;
  readonly account: Account;
  readonly methods: readonly Method[];
  readonly lifetime: SignInLifetime;
}

/** The only time that a ticket is visible. */
export interface IssuedTicket {
  readonly ticket: string;
  readonly expiresInSeconds: number;
}

type From = Pick<SignInOrigin, "device" | "network">;

/** Sign-ins that take more than one step. Only hashes of their tickets are stored. */
export interface Steps {
  /** Raises `INVALID_CREDENTIALS` if the account was deleted since. */
  issue(
    account: Account,
    step: Pick<SignInStep, "step" | "lifetime"> & { readonly methods: readonly Method[] },
    from: From,
  ): Promise<IssuedTicket>;
  /** `undefined` if there is none that can go on there. */
  find(ticket: string, step: SignInStep["step"], from: From): Promise<FoundStep | undefined>;
  readonly over: () => AppError;
}

interface Deps {
  readonly store: SignInStore;
  readonly accounts: Pick<Accounts, "findByUuid">;
  readonly clock: Clock;
}

/** 256 bits cannot be guessed, so a fast hash is enough. */
const TICKET_BYTES = 32;
const TICKET = /^[A-Za-z0-9_-]{43}$/;

export function createSteps({ store, accounts, clock }: Deps): Steps {
  return {
    async issue(account, { step, lifetime, methods }, from) {
      const ticket = randomBytes(TICKET_BYTES).toString("base64url");
      const hash = hashOf(ticket);
      const createdAtMs = clock.nowMs();
      const isInserted = await store.insert({
        ...{ hash, userId: account.id, methods: methods.join(" "), step, lifetime, tries: 0 },
        ...{ epoch: account.sessionEpoch, factorGeneration: account.factorGeneration },
        ...placeOf(hash, from),
        ...{ createdAtMs, expiresAtMs: createdAtMs + SIGN_IN_MS },
      });
      if (!isInserted) throw new AppError(accountErrors.INVALID_CREDENTIALS);
      return { ticket, expiresInSeconds: SIGN_IN_MS / 1000 };
    },

    async find(ticket, step, from) {
      if (!TICKET.test(ticket)) return undefined;
      const hash = hashOf(ticket);
      const found = await store.find(hash);
      if (found === undefined || found.step !== step || !isSamePlace(found, placeOf(hash, from)))
        return undefined;
      const account = await accounts.findByUuid(found.uuid);
      if (account === undefined || !isOpen(found, account, clock.nowMs())) return undefined;
      // Safe: only methods are stored.
      return { hash, account, methods: found.methods.split(" ") as Method[], lifetime: found.lifetime };
    },

    over: () => new AppError(signInErrors.SIGN_IN_OVER),
  };
}

const hashOf = (ticket: string) => createHash("sha256").update(ticket).digest("base64url");

function placeOf(hash: string, from: From): StepPlace {
  const device = from.device();
  return {
    device: device === undefined ? null : digest("device of a sign-in", hash, device),
    network: digest("network of a sign-in", hash, from.network()),
  };
}
