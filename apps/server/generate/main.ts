// Writes what is derived from contracts and settings: the OpenAPI document and the reference pages of the
// docs.
import { writeFileSync } from "node:fs";
import { openApiDocument } from "@latchkey/bridge";
import { api } from "@latchkey/contracts/api";
import { declaredSettings } from "../src/wiring/settings.js";
import { errorReference } from "./errors.js";
import { settingsReference } from "./settings.js";

const root = new URL("../../../", import.meta.url);
const write = (path: string, text: string) => writeFileSync(new URL(path, root), text);

const document = openApiDocument(api, {
  title: "Latchkey",
  version: "0.1.0",
  summary: "A self-hosted user login backend.",
  description:
    "Two REST surfaces over the same accounts and sessions, `/api/users` and `/api/auth`, and `/api/v1` " +
    "with later additions. An account registered on either surface can sign in on both, and a token from " +
    'either works on every protected path. An error has the body `{"detail":…}`, under `/api/v1` ' +
    '`{"error":{"code":…,"message":…}}`.',
  license: { name: "MIT", identifier: "MIT" },
  // Relative to the document, so that it is right behind a proxy's path prefix too.
  server: { url: ".", description: "The server that serves this document." },
});
write("packages/contracts/openapi.generated.json", `${JSON.stringify(document, null, 2)}\n`);
write("apps/docs/settings.generated.md", settingsReference(declaredSettings));
write("apps/docs/errors.generated.md", errorReference(api));
