import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { copySqlite } from "../../database/sqlite/backup.js";
import type { ServerSettings } from "../services.js";

/**
 * Hands over settings whose database is a copy of the present one: what is tried on it happens as it would, and to
 * nobody. The copy lies beside the database, where there is room for one and nobody else reads, and is deleted.
 */
export async function onCopy<T>(
  server: ServerSettings,
  use: (copy: ServerSettings) => Promise<T>,
): Promise<T> {
  const { databaseUrl } = server.settings.host;
  const isThere = existsSync(databaseUrl);
  // Where there is none nothing is made in its place.
  const folder = await mkdtemp(
    isThere ? join(dirname(databaseUrl), ".dry-run-") : join(tmpdir(), "latchkey-dry-run-"),
  );
  try {
    const path = join(folder, "latchkey.db");
    if (isThere) await copySqlite(databaseUrl, path);
    const host = { ...server.settings.host, databaseUrl: path, redisUrl: undefined };
    return await use({ ...server, settings: { ...server.settings, host } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
