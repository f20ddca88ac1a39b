import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openInvitationStore } from "../../../../apps/server/src/features/invitations/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { invitationStoreSuite } from "./store.suite.js";

describeEachEngine("invitations in $engine", ({ open }) => {
  invitationStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    const accounts = openAccountStore(database);
    return {
      ...{ store: openInvitationStore(database), other: openInvitationStore(other), commit, close },
      async addAccount({ uuid, ...account }) {
        const names = { email: uuid, emailKey: uuid, username: uuid, usernameKey: uuid };
        const profile = { firstName: null, lastName: null, phoneNumber: null };
        await accounts.insert({ uuid, ...names, ...profile, hashedPassword: "", createdAtMs: 1, ...account });
      },
    };
  });
});
