import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { REFUSALS } from "../../apps/server/src/features/transfers/service.js";
import { newOperator, type Operator } from "../server/cli/command.js";
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from "../server/features/credentials/foreign-hashes.js";
import { login } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { block, readDocument } from "./markdown.js";
import { runBlock } from "./shell.js";

const GUIDE = "apps/docs/guide/import.md";

let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startServer();
  operator = await newOperator(server.databasePath);
  const old = new Database(join(operator.folder, "old.db"));
  old.exec(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, hashed_password TEXT, disabled BOOLEAN);
    CREATE TABLE user_info (id INTEGER PRIMARY KEY, user_id INTEGER UNIQUE, first_name TEXT, phone_number INTEGER);
    INSERT INTO users VALUES (1, 'old@example.com', '${FOREIGN_HASHES[0]?.[1]}', 0);
    INSERT INTO user_info VALUES (7, 1, 'San', 13800138000);
  `);
  old.close();
});
afterAll(async () => {
  await server.close();
  await operator.leave();
});

it("has commands that work, from the dry run to the export", async () => {
  const tried = await runBlock(block(GUIDE, "sh", "--dry-run"), operator);
  expect(tried).toContain("Columns: uuid from id if it contains one, email from email,");
  expect(tried).toContain("Would import 1 user, refuse 0 rows.");
  expect(await readFile(join(operator.folder, "refused.csv"), "utf8")).toBe("line,reason,explanation\r\n");
  expect(await runBlock(block(GUIDE, "sh", "import old.db\n"), operator)).toContain(
    "Imported 1 user, refused 0 rows.",
  );
  expect(await runBlock(block(GUIDE, "sh", "--resume"), operator)).toContain(
    "Imported 1 user, refused 0 rows.",
  );
  await login(server, "old@example.com", FOREIGN_PASSWORD);
  expect(await runBlock(block(GUIDE, "sh", "export users.jsonl"), operator)).toContain("Exported 1 user");
  const exported = JSON.parse(await readFile(join(operator.folder, "users.jsonl"), "utf8"));
  expect(exported).toMatchObject({
    email: "old@example.com",
    first_name: "San",
    phone_number: "13800138000",
  });
}, 60_000);

it("names every reason for which rows are refused", () => {
  const text = readDocument(GUIDE);
  for (const reason of Object.keys(REFUSALS)) expect(text).toContain(`\`${reason}\``);
});
