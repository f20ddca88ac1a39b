// Writes what is derived from contracts and settings: the OpenAPI document, and the references of the docs.
import { writeFileSync } from "node:fs";
import { openApiDocument } from "@latchkey/bridge";
import { api } from "@latchkey/contracts/api";
import { declaredSettings } from "../src/app.js";
import { errorReference } from "./errors.js";
import { settingsReference } from "./settings.js";

const root = new URL("../../../", import.meta.url);
const write = (path: string, text: string) => writeFileSync(new URL(path, root), text);

const document = openApiDocument(api, {
  title: "Latchkey",
  version: "0.1.0",
  summary: "A self-hosted user login backend.",
  description:
    "Two REST surfaces over the same accounts and sessions: an account made on either can sign in on both, and a token " +
    'of either works on every protected path. Error bodies are `{"detail":…}` and nothing else, but under `/api/v1`: there they ' +
    'are `{"error":{"code":…,"message":…}}`.',
  license: { name: "MIT", identifier: "MIT" },
  server: { url: "/", description: "The server that this document came from." },
  tags: {
    users: "The users surface: accounts known by their address.",
    auth: "The auth surface: accounts known by username and address.",
    recovery: "A new password for those who have forgotten theirs, by mail.",
    verification: "Showing by mail that an account's address is its owner's.",
    email: "Another address for an account, confirmed by mail.",
    adminMail: "The outbox, for administrators.",
    account: "The account of who calls.",
    sessions: "The sessions of who calls.",
    passwords: "Advice about passwords, for whoever lets people choose one.",
    adminAudit: "The audit log, for administrators: who did what to whom.",
    adminUsers: "Administration of users, for accounts with the role `admin`.",
  },
});
write("packages/contracts/openapi.generated.json", `${JSON.stringify(document, null, 2)}\n`);
write("apps/docs/settings.generated.md", settingsReference(declaredSettings));
write("apps/docs/errors.generated.md", errorReference(api));
