import { openMailStore } from "../../../../apps/server/src/features/outbox/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { mailStoreSuite } from "./store.suite.js";

describeEachEngine("the outbox in $engine", ({ open }) => {
  mailStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    return { store: openMailStore(database), other: openMailStore(other), commit, close };
  });
});
