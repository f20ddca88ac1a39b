import { createHash, randomBytes } from "node:crypto";
import { mailErrors } from "@latchkey/contracts/errors/mail";
import type { Change } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Limits, Origin } from "../limits/service.js";
import type { LinkTo } from "../mail/service.js";
import type { MailedLink, MailedLinkStore } from "./store.js";

/** What a mailed link is for, declared by the feature that mails it. */
export interface LinkPurpose {
  /** Permanent: it is stored in the database. */
  readonly name: string;
  /** The frontend page that the link opens. */
  readonly path: string;
  readonly lifetimeMs: number;
  /** Whether what the link depends on in the account is still the same. */
  fits(account: Account, link: Pick<MailedLink, "email" | "epoch">): boolean;
  /** Which links of the account end when this one is used: all of them, or those for the same purpose. */
  readonly ends: "all" | "same purpose";
}

/** A new link: the only time that its secret is visible. */
interface IssuedLink {
  readonly link: string;
  readonly expiresAtMs: number;
}

/**
 * Makes the one change that a link to `email` allows; `undefined` if the account has changed since it was
 * read.
 */
export type UseLink = (account: Account, email: string) => Promise<Account | undefined>;

/**
 * Links that are mailed to users, each with a secret that works once. Only hashes of the secrets are stored.
 */
export interface MailedLinks {
  /**
   * Makes a link for an address; an earlier link of the account for the same purpose is invalid from now on.
   */
  issue(
    purpose: LinkPurpose,
    account: Pick<Account, "uuid" | "sessionEpoch">,
    email: string,
  ): Promise<IssuedLink>;
  /**
   * Uses a link by its secret and resolves to the account after the change. The guess is counted before the
   * secret is looked up. A link works only once because the change happens only while the account is as it
   * was read. Raises `LINK_INVALID`, `RATE_LIMITED`, `UNAVAILABLE`, and whatever `use` raises.
   */
  redeem(
    purpose: LinkPurpose,
    by: { readonly secret: string; readonly from: Origin },
    use: UseLink,
  ): Promise<Account>;
  /** Ends all links of an account. */
  end(account: Pick<Account, "uuid">): Promise<void>;
  /** Ends an account's link for one purpose; to be committed with another change. */
  ending(account: Pick<Account, "uuid">, purpose: LinkPurpose): Change;
  /** Deletes a bounded number of expired links; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface MailedLinkDeps {
  readonly store: MailedLinkStore;
  readonly accounts: Pick<Accounts, "findByUuid">;
  readonly limits: Pick<Limits, "guard">;
  readonly linkTo: LinkTo;
  readonly clock: Clock;
}

/** 256 bits cannot be guessed, so a fast hash is enough. */
const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const ROWS_PER_CLEANING = 1000;

export function createMailedLinks({ store, accounts, limits, linkTo, clock }: MailedLinkDeps): MailedLinks {
  const find = async ({ name }: LinkPurpose, secret: string) => {
    if (!SECRET.test(secret)) return undefined;
    const found = await store.find(hashOf(secret));
    const isValid = found?.purpose === name && found.expiresAtMs > clock.nowMs();
    return isValid ? found : undefined;
  };

  return {
    async issue({ name: purpose, path, lifetimeMs }, { uuid: subject, sessionEpoch: epoch }, email) {
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const expiresAtMs = clock.nowMs() + lifetimeMs;
      await store.insert({ hash: hashOf(secret), purpose, subject, epoch, email, expiresAtMs });
      return { link: linkTo(path, secret), expiresAtMs };
    },

    async redeem(purpose, { secret, from }, use) {
      const { found } = await limits.guard({ from }, async () => {
        const found = await find(purpose, secret);
        return { right: found !== undefined, found };
      });
      if (found === undefined) throw new AppError(mailErrors.LINK_INVALID);
      const account = await accounts.findByUuid(found.subject);
      if (account === undefined || !purpose.fits(account, found)) throw new AppError(mailErrors.LINK_INVALID);
      const changed = await use(account, found.email);
      // Another use, or another change, came first.
      if (changed === undefined) throw new AppError(mailErrors.LINK_INVALID);
      await store.deleteOf(account.uuid, purpose.ends === "all" ? undefined : purpose.name);
      return changed;
    },

    end: ({ uuid }) => store.deleteOf(uuid),
    ending: ({ uuid }, { name }) => store.deletionOf(uuid, name),
    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
