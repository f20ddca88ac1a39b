import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openTransferStore } from "../../../../apps/server/src/features/transfers/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { transferStoreSuite } from "./store.suite.js";

describeEachEngine("transfers in $engine", ({ open }) => {
  transferStoreSuite(async () => {
    const { database, other, close } = await open();
    const store = openTransferStore(database);
    return {
      store,
      other: openTransferStore(other),
      async generations() {
        const accounts = openAccountStore(database);
        const found = [];
        for await (const page of store.readUsers()) {
          for (const { uuid } of page) found.push((await accounts.findByUuid(uuid))?.factorGeneration ?? -1);
        }
        return found;
      },
      close,
    };
  });
});
