import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openMailedLinkStore } from "../../../../apps/server/src/features/mailed-links/index.js";
import { describeEachEngine, insertUsers } from "../../../support/engines.js";
import { mailedLinkStoreSuite } from "./store.suite.js";

describeEachEngine("mailed links in $engine", ({ open }) => {
  mailedLinkStoreSuite(async () => {
    const { database, commit, close } = await open();
    await insertUsers(database, "a", "b");
    return {
      store: openMailedLinkStore(database),
      uuids: ["a", "b"],
      commit,
      deleteUser: async (uuid) => void (await openAccountStore(database).delete(uuid)),
      close,
    };
  });
});
