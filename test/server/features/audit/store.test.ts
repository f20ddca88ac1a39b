import { openAuditStore } from "../../../../apps/server/src/features/audit/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { auditStoreSuite } from "./store.suite.js";

describeEachEngine("the audit log in $engine", ({ open }) => {
  auditStoreSuite(async () => {
    const { database, other, commit, close } = await open();
    return { store: openAuditStore(database), other: openAuditStore(other), commit, close };
  });
});
