import { openAccountStore } from "../../../../apps/server/src/features/accounts/index.js";
import { openUserDirectory } from "../../../../apps/server/src/features/user-administration/index.js";
import { describeEachEngine } from "../../../support/engines.js";
import { userDirectorySuite } from "./directory.suite.js";

describeEachEngine("the directory of users in $engine", ({ open }) => {
  userDirectorySuite(async () => {
    const { database, close } = await open();
    return { directory: openUserDirectory(database), accounts: openAccountStore(database), close };
  });
});
