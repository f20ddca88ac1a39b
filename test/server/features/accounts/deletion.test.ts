import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mailedSecret } from "../../../support/mail.js";
import { freshEmail, send, signUp } from "../../../support/rest.js";
import { isOnSqlite } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { sqliteOf } from "../../../support/sqlite.js";

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ environment: { EMAIL_VERIFICATION: "soft" } });
});
afterEach(() => server.close());

const mailsTo = async (...addresses: readonly string[]) => {
  await server.app.features.mailWorker.deliver();
  return (await server.app.features.mail.list({ limit: 99 })).filter(({ to }) => addresses.includes(to));
};

it("deletes the account's mails with it, including those to another address of its owner, and no others", async () => {
  const { email, token } = await signUp(server);
  const other = await signUp(server);
  const newEmail = freshEmail();
  await send(server, "POST", "/api/v1/email/change", { json: { newEmail }, token });
  const secret = await mailedSecret(server, newEmail);
  await send(server, "POST", "/api/v1/email/complete", { json: { secret }, token });
  expect((await mailsTo(email, newEmail)).length).toBeGreaterThan(2);
  const others = await mailsTo(other.email);
  expect((await send(server, "DELETE", "/api/v1/account", { token })).status).toBe(204);
  expect(await mailsTo(email, newEmail)).toEqual([]);
  expect(await mailsTo(other.email)).toEqual(others);
});

it.runIf(isOnSqlite())("overwrites what is deleted in the database's file", async () => {
  const { email, token } = await signUp(server);
  const checkpointed = () => {
    const database = new Database(server.databasePath);
    database.pragma("wal_checkpoint(TRUNCATE)");
    database.close();
    return readFileSync(server.databasePath).includes(email);
  };
  expect(checkpointed()).toBe(true);
  expect((await send(server, "DELETE", "/api/v1/account", { token })).status).toBe(204);
  expect(checkpointed()).toBe(false);
  const [pragma] = sqliteOf(server.host).writer.all<{ secure_delete: number }>("PRAGMA secure_delete");
  expect(pragma?.secure_delete).toBe(2);
});
