import { openAccountStore } from "../../../../../apps/server/src/features/accounts/index.js";
import { openRecoveryCodeStore } from "../../../../../apps/server/src/features/factors/recovery-codes/index.js";
import { openMailedLinkStore } from "../../../../../apps/server/src/features/mailed-links/index.js";
import { describeEachEngine, insertUsers } from "../../../../support/engines.js";
import { recoveryCodeStoreSuite } from "./store.suite.js";

describeEachEngine("recovery codes in $engine", ({ open }) => {
  recoveryCodeStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    const [one, two] = await insertUsers(database, "a", "b");
    if (one === undefined || two === undefined) throw new Error("not inserted");
    const uuids = new Map([one, two].map(({ id, uuid }) => [id, uuid]));
    return {
      store: openRecoveryCodeStore(database),
      other: openRecoveryCodeStore(other),
      users: [one.id, two.id],
      commit,
      // There is no such link to be taken.
      refused: openMailedLinkStore(database).taking("none"),
      deleteUser: async (id) => void (await openAccountStore(database).delete(uuids.get(id) ?? "")),
      close,
    };
  });
});
