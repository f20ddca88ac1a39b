import { openPlaceStore } from "../../../../apps/server/src/features/known-places/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { placeStoreSuite } from "./store.suite.js";

describeEachEngine("known places in $engine", ({ open }) => {
  placeStoreSuite(async () => {
    const { database, other, close } = await open();
    return { store: openPlaceStore(database), other: openPlaceStore(other), close };
  });
});
