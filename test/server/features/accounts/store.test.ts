import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { accountChangeSuite } from "./change.suite.js";
import { accountStoreSuite } from "./store.suite.js";

describeEachEngine("accounts in $engine", ({ open }) => {
  const openStores = async () => {
    const { database, other, close } = await open();
    return { store: openAccountStore(database), other: openAccountStore(other), close };
  };
  accountStoreSuite(openStores);
  accountChangeSuite(openStores);
});
