import { openLimitStore } from "../../../../apps/server/src/features/limits/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { limitStoreSuite } from "./store.suite.js";

describeEachEngine("counters in $engine", ({ open }) => {
  limitStoreSuite(async () => {
    const { database, other, close } = await open();
    return { store: openLimitStore(database), other: openLimitStore(other), close };
  });
});
