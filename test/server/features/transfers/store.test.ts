import { openTransferStore } from "../../../../apps/server/src/features/transfers/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { transferStoreSuite } from "./store.suite.js";

describeEachEngine("transfers in $engine", ({ open }) => {
  transferStoreSuite(async () => {
    const { database, other, close } = await open();
    return { store: openTransferStore(database), other: openTransferStore(other), close };
  });
});
