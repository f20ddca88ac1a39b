import { openAccountStore } from "../../../../../apps/server/src/features/accounts/index.js";
import { openCodeStore } from "../../../../../apps/server/src/features/factors/email-code/index.js";
import { describeEachEngine, insertUsers } from "../../../../support/engines.js";
import { codeStoreSuite } from "./store.suite.js";

describeEachEngine("mailed codes in $engine", ({ open }) => {
  codeStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    return {
      store: openCodeStore(database),
      other: openCodeStore(other),
      users: await insertUsers(database, "a", "b"),
      commit,
      deleteUser: async (uuid) => void (await openAccountStore(database).delete(uuid)),
      close,
    };
  });
});
