import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openSessionStore } from "../../../../apps/server/src/features/sessions/index.js";
import { describeEachEngine, insertUsers } from "../../../support/engines.js";
import { sessionStoreSuite } from "./store.suite.js";

describeEachEngine("sessions in $engine", ({ open }) => {
  sessionStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    const [a, b] = (await insertUsers(database, "a", "b")).map(({ id }) => id);
    if (a === undefined || b === undefined) throw new Error("two users are expected");
    return {
      store: openSessionStore(database),
      other: openSessionStore(other),
      commit,
      otherAccounts: openAccountStore(other),
      userIds: [a, b],
      close,
    };
  });
});
