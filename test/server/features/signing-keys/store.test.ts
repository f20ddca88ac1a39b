import { openKeyStore } from "../../../../apps/server/src/features/signing-keys/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { keyStoreSuite } from "./store.suite.js";

describeEachEngine("signing keys in $engine", ({ open }) => {
  keyStoreSuite(async () => {
    const { database, other, close } = await open();
    return { store: openKeyStore(database), other: openKeyStore(other), close };
  });
});
