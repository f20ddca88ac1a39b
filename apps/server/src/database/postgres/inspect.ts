import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Inspection } from "../engine.js";
import { compareMigrations } from "../migrations.js";
import type { Clients } from "./client.js";
import { explainPostgresFailure } from "./explain.js";
import { codeOf, unavailableOr } from "./failure.js";
import { factsOf, stateOfTables, unusableBecause } from "./server.js";

const CONNECT_MS = 2000;

/** Examines a database over one connection. */
export async function inspectPostgres(clients: Clients, folder: string): Promise<Inspection> {
  const { client, destroy } = clients.make(CONNECT_MS);
  client.on("error", () => {});
  try {
    await client.connect();
    const askedMs = Date.now();
    const facts = await factsOf(client);
    const aheadMs = facts.nowMs - (askedMs + Date.now()) / 2;
    const code = unusableBecause(facts);
    if (code !== undefined) throw Object.assign(new Error("the database cannot be used"), { code });
    const { applied, isForeign } = await stateOfTables(client);
    if (isForeign) return { state: "foreign" };
    const migrations = compareMigrations(applied ?? [], readMigrationFiles({ migrationsFolder: folder }));
    const { version, isStandby, isReadOnly, maxConnections } = facts;
    const { tls } = clients.address;
    const server = { version, isWritable: !isStandby && !isReadOnly, maxConnections, aheadMs, tls };
    return applied === undefined ? { state: "absent" } : { state: "sound", place: { server }, migrations };
  } catch (error) {
    const failure = explainPostgresFailure(unavailableOr(error));
    const code = codeOf(error);
    return { state: "unusable", ...(code !== "" && { code }), ...(failure && { failure }) };
  } finally {
    destroy();
  }
}
