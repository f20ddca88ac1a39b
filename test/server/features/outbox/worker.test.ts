import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { startServer } from "../../../support/server.js";

it("says once that the outbox cannot be read, and again when that has changed", async () => {
  const server = await startServer();
  const { mailWorker } = server.app.features;
  const warnings = () =>
    server.logLines.filter((line) => line.includes("mails could not be processed")).length;
  const deliver = async () => {
    for (let i = 0; i < 3; i++) await mailWorker.deliver();
  };
  const database = new Database(server.databasePath);
  const take = () => database.exec("ALTER TABLE mails RENAME TO taken");
  const give = () => database.exec("ALTER TABLE taken RENAME TO mails");
  await deliver();
  expect(warnings()).toBe(0);
  take();
  await deliver();
  expect(warnings()).toBe(1);
  give();
  await deliver();
  take();
  await deliver();
  expect(warnings()).toBe(2);
  give();
  database.close();
  await server.close();
});
