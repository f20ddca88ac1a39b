// Writes the client's types from the contracts.
import { writeFileSync } from "node:fs";
import { api } from "@latchkey/contracts/api";
import { clientTypes } from "./client-types.js";

writeFileSync(new URL("../src/api.generated.ts", import.meta.url), clientTypes(api));
