import { openAccountStore } from "../../../../../apps/server/src/features/accounts/index.js";
import { openTrustedDeviceStore } from "../../../../../apps/server/src/features/factors/trusted-devices/index.js";
import { describeEachEngine, insertUsers } from "../../../../support/engines.js";
import { trustedDeviceStoreSuite } from "./store.suite.js";

describeEachEngine("trusted devices in $engine", ({ open }) => {
  trustedDeviceStoreSuite(async () => {
    const { database, commit, run, close } = await open();
    const users = await insertUsers(database, "a", "b");
    await run("UPDATE users SET factor_generation = 7");
    return {
      store: openTrustedDeviceStore(database),
      users,
      commit,
      deleteUser: async (uuid) => void (await openAccountStore(database).delete(uuid)),
      close,
    };
  });
});
