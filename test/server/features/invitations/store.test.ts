import { describe } from "vitest";
import { openInvitationStore } from "../../../../apps/server/src/features/invitations/index.js";
import { ENGINES } from "../../../support/engines.js";
import { invitationStoreSuite } from "./store.suite.js";

describe.each(ENGINES)("invitations in $engine", ({ open }) => {
  invitationStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    return { store: openInvitationStore(database), other: openInvitationStore(other), commit, close };
  });
});
