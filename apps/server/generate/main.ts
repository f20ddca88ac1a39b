// Writes what is derived from contracts and settings: the OpenAPI document, and the references of the docs.
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
    "Two REST surfaces over the same accounts and sessions, `/api/users` and `/api/auth`, and `/api/v1` with what came later. " +
    "An account made on either surface can sign in on both, and a token of either works on every protected path. " +
    'An error has the body `{"detail":…}`, under `/api/v1` `{"error":{"code":…,"message":…}}`.',
  license: { name: "MIT", identifier: "MIT" },
  server: { url: "/", description: "The server that this document came from." },
  tags: {
    users: "The users surface: accounts known by their address.",
    auth: "The auth surface: accounts known by username and address.",
    account: "The account of who calls.",
    sessions: "The sessions of who calls.",
    recovery: "A new password for those who have forgotten theirs, by mail.",
    verification: "Showing by mail that an account's address is its owner's.",
    email: "Another address for an account, confirmed by mail.",
    passwords: "Advice about passwords, for whoever lets people choose one.",
    adminUsers: "Administration of users, for accounts with the role `admin`.",
    adminAudit: "The audit log, for administrators: who did what to whom.",
    adminMail: "The outbox, for administrators.",
  },
});
write("packages/contracts/openapi.generated.json", `${JSON.stringify(document, null, 2)}\n`);
write("apps/docs/settings.generated.md", settingsReference(declaredSettings));
write("apps/docs/errors.generated.md", errorReference(api));
