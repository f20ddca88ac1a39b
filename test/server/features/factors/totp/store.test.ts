import { openAccountStore } from "../../../../../apps/server/src/features/accounts/index.js";
import { openTotpStore } from "../../../../../apps/server/src/features/factors/totp/index.js";
import { describeEachEngine, insertUsers } from "../../../../support/engines.js";
import { totpStoreSuite } from "./store.suite.js";

describeEachEngine("authenticator apps in $engine", ({ open }) => {
  totpStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    const [one, two] = await insertUsers(database, "a", "b");
    if (one === undefined || two === undefined) throw new Error("not inserted");
    const uuids = new Map([one, two].map(({ id, uuid }) => [id, uuid]));
    return {
      store: openTotpStore(database),
      other: openTotpStore(other),
      users: [one.id, two.id],
      commit,
      deleteUser: async (id) => void (await openAccountStore(database).delete(uuids.get(id) ?? "")),
      close,
    };
  });
});
