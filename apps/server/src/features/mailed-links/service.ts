import { createHash, randomBytes } from "node:crypto";
import { mailErrors } from "@latchkey/contracts/errors/mail";
import { type Change, ChangeRefused, NO_CHANGE, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Awaitable } from "../../world/awaitable.js";
import type { Clock } from "../../world/clock.js";
import { isBetween } from "../../world/times.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Limits, Origin } from "../limits/service.js";
import type { LinkTo } from "../mail/service.js";
import type { MailedLink, MailedLinkStore } from "./store.js";

/** Whom a link is for: an account, or what is to become one. */
interface Subject {
  readonly uuid: string;
}

/** What a mailed link is for, declared by the feature that mails it. */
export interface LinkPurpose<S extends Subject = Account> {
  /** Permanent: it is stored in the database. */
  readonly name: string;
  /** The frontend page that the link opens. */
  readonly path: string;
  readonly lifetimeMs: number;
  /** Whether what the link depends on in the account is still the same. */
  fits(subject: S, link: Pick<MailedLink, "email" | "epoch">): boolean;
  /** Which links of the account end when this one is used: all of them, or those for the same purpose. */
  readonly ends: "all" | "same purpose";
}

/** A new link: the only time that its secret is visible. */
interface IssuedLink {
  readonly link: string;
  readonly expiresAtMs: number;
}

/** A link that is being used. */
export interface UsedLink extends Pick<MailedLink, "email" | "epoch" | "sessionId"> {
  /** Uses up the link: committed together with the change that it allows, or not at all. */
  readonly usesUp: Change;
}

/** Makes the one change that a link allows; `undefined` if the account has changed since it was read. */
export type UseLink<S extends Subject = Account> = (
  subject: S,
  link: UsedLink,
) => Promise<Account | undefined>;

/**
 * Links that are mailed to users, each with a secret that works once. Only hashes of the secrets are stored.
 */
export interface MailedLinks {
  /**
   * Makes a link for an address; an earlier link of the account for the same purpose is invalid from now on.
   * With a session, it ends with that.
   */
  issue(
    purpose: Pick<LinkPurpose, "name" | "path" | "lifetimeMs">,
    account: Pick<Account, "uuid" | "sessionEpoch">,
    to: { readonly email: string; readonly sessionId?: string },
  ): Promise<IssuedLink>;
  /** The same for what is to become an account, committed with another change. */
  issuing(
    purpose: Pick<LinkPurpose, "name" | "path" | "lifetimeMs">,
    subject: Subject,
    to: { readonly email: string },
  ): IssuedLink & { readonly change: Change };
  /**
   * Uses a link by its secret and resolves to the account after the change. The guess is counted before the
   * secret is looked up. Of many uses at once exactly one succeeds, and one that fails uses nothing up.
   * Raises
   * `LINK_INVALID`, `RATE_LIMITED`, `UNAVAILABLE`, and whatever `use` raises.
   */
  redeem(purpose: LinkPurpose, by: Redemption, use: UseLink): Promise<Account>;
  /** The same for links whose subject is no account yet, but is found by `find`. */
  redeemFor<S extends Subject>(
    purpose: LinkPurpose<S> & { find(uuid: string): Awaitable<S | undefined> },
    by: Redemption,
    use: UseLink<S>,
  ): Promise<Account>;
  /** Ends all links of an account; to be committed with another change. */
  ending(account: Subject): Change;
  /** The same for all links that end with these sessions. */
  endingOfSessions(sessionIds: readonly string[]): Change;
  /** Deletes a bounded number of expired links; resolves to how many. */
  deleteOver(): Promise<number>;
}

/** A secret that was presented, and where it came from. */
interface Redemption {
  readonly secret: string;
  readonly from: Origin;
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
  const find = async ({ name }: { readonly name: string }, secret: string) => {
    if (!SECRET.test(secret)) return undefined;
    const found = await store.find(hashOf(secret));
    const isValid = found?.purpose === name && isBetween(found, clock.nowMs());
    return isValid ? found : undefined;
  };

  const make = ({ path, lifetimeMs }: Pick<LinkPurpose, "path" | "lifetimeMs">) => {
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const createdAtMs = clock.nowMs();
    const expiresAtMs = createdAtMs + lifetimeMs;
    return { hash: hashOf(secret), createdAtMs, issued: { link: linkTo(path, secret), expiresAtMs } };
  };

  const redeemFor: MailedLinks["redeemFor"] = async (purpose, { secret, from }, use) => {
    const invalid = () => new AppError(mailErrors.LINK_INVALID);
    const { found } = await limits.guard({ from }, async () => {
      const found = await find(purpose, secret);
      return { right: found !== undefined, found };
    });
    if (found === undefined) throw invalid();
    const subject = await purpose.find(found.subject);
    if (subject === undefined || !purpose.fits(subject, found)) throw invalid();
    const usesUp = together(
      store.taking(found.hash),
      purpose.ends === "all" ? store.deletionOf(subject.uuid) : undefined,
    );
    const { email, epoch, sessionId } = found;
    const changed = await use(subject, { email, epoch, sessionId, usesUp }).catch((error: unknown) => {
      throw error instanceof ChangeRefused ? invalid() : error;
    });
    // Another use, or another change, came first.
    if (changed === undefined) throw invalid();
    return changed;
  };

  return {
    async issue(
      { name: purpose, ...of },
      { uuid: subject, sessionEpoch: epoch },
      { email, sessionId = null },
    ) {
      const { hash, createdAtMs, issued } = make(of);
      const { expiresAtMs } = issued;
      await store.insert({ hash, purpose, subject, epoch, email, sessionId, createdAtMs, expiresAtMs });
      return issued;
    },

    issuing({ name: purpose, ...of }, { uuid: subject }, { email }) {
      const { hash, createdAtMs, issued } = make(of);
      const { expiresAtMs } = issued;
      const link = { hash, purpose, subject, epoch: 0, email, sessionId: null, createdAtMs, expiresAtMs };
      return { ...issued, change: store.insertion(link) };
    },

    redeem: (purpose, ...by) => redeemFor({ ...purpose, find: accounts.findByUuid }, ...by),
    redeemFor,
    ending: ({ uuid }) => store.deletionOf(uuid),
    endingOfSessions: (ids) => (ids.length === 0 ? NO_CHANGE : store.deletionOfSessions(ids)),
    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
