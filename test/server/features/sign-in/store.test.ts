import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openSignInStore } from "../../../../apps/server/src/features/sign-in/index.js";
import { describeEachEngine, insertUsers } from "../../../support/engines.js";
import { signInStoreSuite } from "./store.suite.js";

describeEachEngine("sign-ins in progress in $engine", ({ open }) => {
  signInStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    const [one, two] = await insertUsers(database, "a", "b");
    if (one === undefined || two === undefined) throw new Error("no users");
    return {
      store: openSignInStore(database),
      other: openSignInStore(other),
      users: [one, two],
      commit,
      deleteUser: async (uuid) => void (await openAccountStore(database).delete(uuid)),
      close,
    };
  });
});
