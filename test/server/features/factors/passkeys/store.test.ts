import { openAccountStore } from "../../../../../apps/server/src/features/accounts/index.js";
import { openPasskeyStore } from "../../../../../apps/server/src/features/factors/passkeys/index.js";
import { describeEachEngine, insertUsers } from "../../../../support/engines.js";
import { passkeyStoreSuite } from "./store.suite.js";

describeEachEngine("passkeys in $engine", ({ open }) => {
  passkeyStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    const [first, second] = await insertUsers(database, "a", "b");
    if (first === undefined || second === undefined) throw new Error("no users");
    return {
      store: openPasskeyStore(database),
      other: openPasskeyStore(other),
      userIds: [first.id, second.id],
      commit,
      deleteFirstUser: async () => void (await openAccountStore(database).delete("a")),
      close,
    };
  });
});
