import { describe } from "vitest";
import { openPlaceStore } from "../../../../apps/server/src/features/known-places/index.js";
import { ENGINES } from "../../../support/engines.js";
import { placeStoreSuite } from "./store.suite.js";

describe.each(ENGINES)("known places in $engine", ({ open }) => {
  placeStoreSuite(async () => {
    const { database, other, close } = await open();
    return { store: openPlaceStore(database), other: openPlaceStore(other), close };
  });
});
