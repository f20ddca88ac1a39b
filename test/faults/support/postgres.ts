import { rmSync } from "node:fs";
import { type ClusterOptions, type PostgresCluster, startCluster } from "../../support/postgres-cluster.js";
import { atEnd } from "./children.js";

/** The script's own PostgreSQL, for mistreatment: what it commits is on disk. */
export async function openPostgres(options: ClusterOptions = {}): Promise<PostgresCluster> {
  const postgres = await startCluster({ durable: true, ...options });
  removeAtEnd(postgres);
  await postgres.query("CREATE DATABASE latchkey");
  return postgres;
}

/** As `DATABASE_URL`; another port is that of a proxy. */
export const databaseUrl = (port: number) => `postgres://latchkey@127.0.0.1:${port}/latchkey`;

/** Ends what has not been ended, however the script ends. */
export function removeAtEnd(postgres: PostgresCluster): void {
  atEnd(() => {
    for (const id of postgres.processIds()) signal(id, "SIGKILL");
    rmSync(postgres.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
}

/** Stops all processes of PostgreSQL where they are; lets them go on when called. */
export function pause(postgres: PostgresCluster): () => void {
  const ids = postgres.processIds();
  for (const id of ids) signal(id, "SIGSTOP");
  return () => {
    for (const id of ids) signal(id, "SIGCONT");
  };
}

/** Sends a signal to a process that may be gone. */
export function signal(id: number, name: NodeJS.Signals): void {
  try {
    process.kill(id, name);
  } catch {
    // It is gone.
  }
}
