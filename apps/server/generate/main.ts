// Writes what is derived from contracts and settings: the OpenAPI document and the reference pages of the
// docs.
import { writeFileSync } from "node:fs";
import { api } from "@latchkey/contracts/api";
import { describeApi } from "../src/wiring/openapi.js";
import { FEED_ERRORS, FEED_PATH } from "../src/wiring/openapi-feed.js";
import { declaredSettings } from "../src/wiring/settings.js";
import { errorReference } from "./errors.js";
import { settingsReference } from "./settings.js";

const root = new URL("../../../", import.meta.url);
const write = (path: string, text: string) => writeFileSync(new URL(path, root), text);

write("packages/contracts/openapi.generated.json", `${JSON.stringify(describeApi(api), null, 2)}\n`);
write("apps/docs/settings.generated.md", settingsReference(declaredSettings));
write(
  "apps/docs/errors.generated.md",
  errorReference(api, [{ path: `GET ${FEED_PATH}`, errors: FEED_ERRORS }]),
);
