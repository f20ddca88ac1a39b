import { openPostcardStore } from "../../../../apps/server/src/features/postcards/index.js";
import { describeEachEngine, insertUsers } from "../../../support/engines.js";
import { postcardStoreSuite } from "./store.suite.js";

describeEachEngine("postcards in $engine", ({ open }) => {
  postcardStoreSuite(async () => {
    const { database, close } = await open();
    await insertUsers(database, "a", "b");
    return { store: openPostcardStore(database), uuids: ["a", "b"], close };
  });
});
