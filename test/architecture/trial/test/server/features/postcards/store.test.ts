import { describe } from "vitest";
import { openPostcardStore } from "../../../../apps/server/src/features/postcards/index.js";
import { ENGINES, insertUsers } from "../../../support/engines.js";
import { postcardStoreSuite } from "./store.suite.js";

describe.each(ENGINES)("postcards in $engine", ({ open }) => {
  postcardStoreSuite(async () => {
    const { database, close } = await open();
    await insertUsers(database, "a", "b");
    return { store: openPostcardStore(database), uuids: ["a", "b"], close };
  });
});
