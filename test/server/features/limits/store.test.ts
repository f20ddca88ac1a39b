import { describe } from "vitest";
import { openLimitStore } from "../../../../apps/server/src/features/limits/index.js";
import { ENGINES } from "../../../support/engines.js";
import { limitStoreSuite } from "./store.suite.js";

describe.each(ENGINES)("counters in $engine", ({ open }) => {
  limitStoreSuite(async () => {
    const { database, other, close } = await open();
    return { store: openLimitStore(database), other: openLimitStore(other), close };
  });
});
