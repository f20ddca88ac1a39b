import { accountErrors, changeErrors } from "@latchkey/contracts/errors/account";
import { registrationErrors } from "@latchkey/contracts/errors/registration";
import { comparisonKey } from "@latchkey/contracts/fields/email";
import { type Cause, recordedAs } from "../../cause.js";
import { type Change, type ChangeOf, NO_CHANGE, together } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import { timeOrderedId } from "../../world/id.js";
import { isBetween } from "../../world/times.js";
import {
  type Account,
  type AccountLanguage,
  type Accounts,
  type End,
  isActingAdmin,
  type Role,
} from "../accounts/service.js";
import type { Events } from "../events/service.js";
import type { Network } from "../limits/service.js";
import type { Mail, MailQuota } from "../mail/service.js";
import type { LinkPurpose, MailedLinks } from "../mailed-links/service.js";
import type { Registration, RegistrationOrigin, Registrations } from "../registration/service.js";
import { invitationSent, invitationWithdrawn } from "./events.js";
import { invitationLetter } from "./letters.js";
import type { Invitation, InvitationStore } from "./store.js";

export type { Invitation } from "./store.js";

/** Whom to invite; the address is normalised already. */
export interface NewInvitation {
  readonly email: string;
  readonly role?: Role | undefined;
  readonly language?: AccountLanguage | undefined;
}

/** What a person who was invited chooses. */
export type Acceptance = { readonly secret: string } & Pick<
  Registration,
  "password" | "username" | "firstName" | "lastName" | "phoneNumber"
>;

/**
 * Invitations by mail: what is to become an account. `from` is absent for the operator. Raises `UNAVAILABLE`.
 */
export interface Invitations {
  /**
   * Has a link mailed; an earlier invitation of the address is replaced. Raises `REGISTRATION_CLOSED`,
   * `EMAIL_TAKEN`, `TOO_MANY_REQUESTS`.
   */
  invite(invitation: NewInvitation, from: Network | undefined, cause: Cause): Promise<Invitation>;
  /**
   * What ends when an account is changed or deleted: an account that is no longer an acting administrator has
   * invited no administrators. To be committed with the change.
   */
  withdrawingOf(account: Account, end: Pick<End, "because" | "cause">): Change;
  /** Those that can be accepted, the newest first. */
  list(page: {
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly Invitation[]>;
  /** The invitation of an address, if it has not expired. */
  find(email: string): Promise<Invitation | undefined>;
  /** Has a new link mailed. Raises `REGISTRATION_CLOSED`, `INVITATION_NOT_FOUND`, `TOO_MANY_REQUESTS`. */
  resend(uuid: string, from: Network | undefined, cause: Cause): Promise<Invitation>;
  /** Raises `INVITATION_NOT_FOUND`. */
  withdraw(uuid: string, cause: Cause): Promise<void>;
  /**
   * Creates the account, with the address confirmed. Raises `LINK_INVALID`, `REGISTRATION_CLOSED`,
   * `FOREIGN_ADDRESS`, and what a registration raises.
   */
  accept(acceptance: Acceptance, from: RegistrationOrigin, cause: Cause): Promise<Account>;
  /** Deletes a bounded number of expired invitations; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface InvitationDeps {
  readonly store: InvitationStore;
  readonly accounts: Pick<Accounts, "assertFree" | "findByUuid">;
  readonly registrations: Pick<Registrations, "assertInviting" | "registerInvited">;
  readonly links: Pick<MailedLinks, "issuing" | "redeemFor" | "ending">;
  readonly mail: Pick<Mail, "letter">;
  readonly quota: Pick<MailQuota, "within" | "allows">;
  readonly events: Pick<Events, "of">;
  readonly clock: Clock;
  readonly days: number;
}

const DAY_MS = 24 * 60 * 60_000;
const ROWS_PER_CLEANING = 1000;

export function createInvitations(deps: InvitationDeps): Invitations {
  const { store, accounts, registrations, links, mail, quota, events, clock, days } = deps;
  const purpose: LinkPurpose<Invitation> & Pick<InvitationStore, "find"> = {
    name: "invitation",
    path: "invitation",
    lifetimeMs: days * DAY_MS,
    fits: (invitation, link) => invitation.email === link.email,
    ends: "all",
    find: async (uuid) => open(await store.find(uuid)),
  };

  const withinQuota = async <T>(to: string, from: Network | undefined, act: () => Promise<T>): Promise<T> => {
    const request = { letter: invitationLetter, to };
    if (from !== undefined) return quota.within(request, from, act);
    if (!(await quota.allows(request))) throw new AppError(accountErrors.TOO_MANY_REQUESTS);
    return act();
  };
  const open = async (found: Invitation | undefined) =>
    found !== undefined && isBetween(found, clock.nowMs()) && (await isBacked(found)) ? found : undefined;
  /** Only an acting administrator can make others administrators. The list is decided by the store. */
  const isBacked = async ({ role, invitedBy }: Invitation) => {
    if (role !== "admin" || invitedBy === null) return true;
    const inviter = await accounts.findByUuid(invitedBy);
    return inviter !== undefined && isActingAdmin(inviter);
  };

  /** A new link, and the letter that brings it. */
  const sending = ({ uuid, email, language, role }: Invitation, cause: Cause): Change => {
    const { link, change } = links.issuing(purpose, { uuid }, { email });
    const letter = {
      to: email,
      about: uuid,
      language: language ?? cause.language,
      values: { link, days: String(days) },
    };
    return together(
      change,
      mail.letter(invitationLetter, letter, purpose.lifetimeMs),
      events.of(cause, invitationSent, { subject: uuid, details: { role } }),
    );
  };

  return {
    async invite({ email, role = "user", language = null }, from, cause) {
      registrations.assertInviting();
      await accounts.assertFree({ email });
      const createdAtMs = clock.nowMs();
      const invitation: Invitation = {
        uuid: timeOrderedId(createdAtMs),
        ...{ email, emailKey: comparisonKey(email), role, language, createdAtMs },
        // Calls of this need a session, or come from the command line.
        invitedBy: from === undefined ? null : (cause.actor ?? null),
        expiresAtMs: createdAtMs + purpose.lifetimeMs,
      };
      const also: ChangeOf<Invitation | undefined> = (replaced) =>
        together(replaced && links.ending(replaced), sending(invitation, cause));
      await withinQuota(email, from, () => store.insert(invitation, also));
      return invitation;
    },

    withdrawingOf(account, { because, cause }) {
      if (because === "account changed" && isActingAdmin(account)) return NO_CHANGE;
      const withdrawing = recordedAs("admin.invitations.withdraw", cause);
      const details = { reason: "inviter", role: "admin" };
      return store.deletionOfInviter({ invitedBy: account.uuid, role: "admin" }, (withdrawn) =>
        together(
          ...withdrawn.flatMap(({ uuid }) => [
            links.ending({ uuid }),
            events.of(withdrawing, invitationWithdrawn, { subject: uuid, details }),
          ]),
        ),
      );
    },

    list: ({ before, limit }) => store.list({ before, limit, nowMs: clock.nowMs() }),
    find: async (email) => open(await store.findByEmailKey(comparisonKey(email))),

    async resend(uuid, from, cause) {
      registrations.assertInviting();
      const invitation = await open(await store.find(uuid));
      if (invitation === undefined) throw new AppError(registrationErrors.INVITATION_NOT_FOUND);
      const expiresAtMs = clock.nowMs() + purpose.lifetimeMs;
      const renewed = await withinQuota(invitation.email, from, () =>
        store.renew(uuid, expiresAtMs, sending(invitation, cause)),
      );
      if (renewed === undefined) throw new AppError(registrationErrors.INVITATION_NOT_FOUND);
      return renewed;
    },

    async withdraw(uuid, cause) {
      const also = together(links.ending({ uuid }), events.of(cause, invitationWithdrawn, { subject: uuid }));
      if (!(await store.delete(uuid, also))) throw new AppError(registrationErrors.INVITATION_NOT_FOUND);
    },

    accept: ({ secret, ...chosen }, from, cause) =>
      links.redeemFor(purpose, { secret, from }, async ({ uuid, email, role, language }, { usesUp }) => {
        registrations.assertInviting();
        const name = comparisonKey(chosen.username ?? email);
        // A user cannot take another user's address as a username.
        if (name.includes("@") && name !== comparisonKey(email)) {
          throw new AppError(changeErrors.FOREIGN_ADDRESS);
        }
        const registration = { ...chosen, uuid, email, role, language: language ?? undefined };
        const also = together(usesUp, store.deletionOf(uuid));
        return registrations.registerInvited(registration, { from, also }, cause);
      }),

    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}
