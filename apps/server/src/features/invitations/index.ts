import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { type ValuesOf, wholeNumber } from "../../settings/setting.js";
import type { Endings } from "../accounts/service.js";
import type { AnyLetterKind } from "../mail/service.js";
import { invitationLetter } from "./letters.js";
import { createInvitations, type InvitationDeps, type Invitations } from "./service.js";
import type { InvitationStore } from "./store.js";
import { postgresInvitationStore } from "./store.postgres.js";
import { sqliteInvitationStore } from "./store.sqlite.js";

export const invitationSettings = {
  days: {
    name: "INVITATION_DAYS",
    meaning: "For how many days an invitation's link works.",
    fallback: "7",
    parse: wholeNumber({ min: 1, max: 365 }),
  },
} as const;

export interface InvitationsFeature {
  readonly invitations: Invitations;
  readonly letters: readonly AnyLetterKind[];
  deleteOver(): Promise<number>;
}

export function openInvitationStore(database: Database): InvitationStore {
  return database.storeOf({ sqlite: sqliteInvitationStore, postgres: postgresInvitationStore });
}

export function openInvitations(
  { database, clock }: Pick<Host, "database" | "clock">,
  { days }: ValuesOf<typeof invitationSettings>,
  {
    endings,
    ...deps
  }: Omit<InvitationDeps, "store" | "clock" | "days"> & {
    readonly endings: Pick<Endings, "add">;
  },
): InvitationsFeature {
  const invitations = createInvitations({ store: openInvitationStore(database), clock, days, ...deps });
  endings.add((account, end) => ({
    change: invitations.withdrawingOf(account, end),
    settle: async () => {},
  }));
  return { invitations, letters: [invitationLetter], deleteOver: invitations.deleteOver };
}
