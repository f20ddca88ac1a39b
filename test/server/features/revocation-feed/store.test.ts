import { openFeedStore } from "../../../../apps/server/src/features/revocation-feed/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { feedStoreSuite } from "./store.suite.js";

describeEachEngine("the revocation feed's log in $engine", ({ open }) => {
  feedStoreSuite(async () => {
    const { database, other, run, close } = await open();
    return { store: openFeedStore(database), other: openFeedStore(other), run, close };
  });
});
