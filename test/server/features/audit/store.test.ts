import { describe } from "vitest";
import { openAuditStore } from "../../../../apps/server/src/features/audit/index.js";
import { ENGINES } from "../../../support/engines.js";
import { auditStoreSuite } from "./store.suite.js";

describe.each(ENGINES)("the audit log in $engine", ({ open }) => {
  auditStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    return { store: openAuditStore(database), other: openAuditStore(other), commit, close };
  });
});
